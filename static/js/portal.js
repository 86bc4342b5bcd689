// What the shell does beyond plain HTML. Every page works without it.
(function () {
  "use strict";

  const each = (root, selector, act) => {
    if (root.matches && root.matches(selector)) act(root);
    root.querySelectorAll(selector).forEach(act);
  };
  const once = (element, mark) => {
    const key = `ready${mark}`;
    if (element.dataset[key]) return false;
    element.dataset[key] = "1";
    return true;
  };

  // --- menus (details): one open at a time, closed by Escape and by a click elsewhere
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  function menuButton(button) {
    const menu = document.getElementById(button.dataset.menuButton);
    if (!menu || !once(button, "Menu")) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") !== "true";
      button.setAttribute("aria-expanded", String(open));
      menu.classList.toggle("main-menu-open", open);
    });
  }

  // --- colours: as the device, light, dark
  function themeSwitch(button) {
    if (!window.portalTheme || !once(button, "Theme")) return;
    const order = ["auto", "light", "dark"];
    const show = (theme) => {
      button.querySelectorAll("[data-theme-icon]").forEach((drawing) => {
        drawing.hidden = drawing.dataset.themeIcon !== theme;
      });
      button.querySelector("[data-theme-words]").textContent = button.dataset[theme];
      button.title = button.dataset[theme];
    };
    let theme = window.portalTheme.chosen();
    show(theme);
    button.hidden = false;
    button.addEventListener("click", () => {
      theme = order[(order.indexOf(theme) + 1) % order.length];
      window.portalTheme.choose(theme);
      show(theme);
    });
  }

  // --- unsaved work: form[data-guard-unsaved]; autosave tells us with a portal:saved event
  const written = (form) =>
    JSON.stringify(
      [...new FormData(form)].map(([name, value]) => [name, value instanceof File ? value.name : value])
    );

  function guardUnsaved(form) {
    if (!once(form, "Unsaved")) return;
    let kept = written(form);
    let leaving = false;
    form.addEventListener("portal:saved", () => { kept = written(form); });
    form.addEventListener("submit", () => { leaving = true; });
    window.addEventListener("pageshow", () => { leaving = false; });
    window.addEventListener("beforeunload", (event) => {
      if (leaving || !form.isConnected || written(form) === kept) return;
      event.preventDefault();
      event.returnValue = document.body.dataset.unsaved || "";
    });
  }

  // --- confirm: data-confirm="question" on a submit button or a form
  function ask(question, label, dangerous) {
    return new Promise((resolve) => {
      const dialog = document.createElement("dialog");
      dialog.className = "confirm";
      const words = document.createElement("p");
      words.textContent = question;
      words.id = "confirm-question";
      dialog.setAttribute("aria-labelledby", words.id);
      const row = document.createElement("div");
      row.className = "btn-list";
      const yes = document.createElement("button");
      yes.type = "button";
      yes.className = dangerous ? "btn btn-danger" : "btn btn-primary";
      yes.textContent = label;
      const no = document.createElement("button");
      no.type = "button";
      no.className = "btn";
      no.textContent = document.body.dataset.cancel || "Cancel";
      no.autofocus = true;
      row.append(yes, no);
      dialog.append(words, row);
      document.body.append(dialog);
      const end = (answer) => { dialog.close(); dialog.remove(); resolve(answer); };
      yes.addEventListener("click", () => end(true));
      no.addEventListener("click", () => end(false));
      dialog.addEventListener("cancel", (event) => { event.preventDefault(); end(false); });
      dialog.showModal();
    });
  }

  document.addEventListener(
    "submit",
    async (event) => {
      const form = event.target;
      const button = event.submitter;
      const question = (button && button.dataset.confirm) || form.dataset.confirm;
      if (!question) return;
      if (form.dataset.confirmed) {
        delete form.dataset.confirmed;
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      const label = button ? button.textContent.trim() : form.dataset.confirmLabel || "OK";
      if (await ask(question, label, Boolean(button && button.matches(".btn-danger, .btn-outline-danger")))) {
        form.dataset.confirmed = "1";
        form.requestSubmit(button || undefined);
      } else if (button) {
        button.focus();
      }
    },
    true
  );

  // --- no second submit while the first is under way
  const HELD = 15000; // a download never leaves the page, so the button comes back by itself
  const release = (form) => {
    delete form.dataset.sending;
    form.querySelectorAll("[data-held]").forEach((button) => {
      button.disabled = false;
      delete button.dataset.held;
    });
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog" || form.hasAttribute("data-resubmit")) return;
    if (form.dataset.sending) {
      event.preventDefault();
      return;
    }
    form.dataset.sending = "1";
    // After this turn: a button disabled now would not send its name and value.
    setTimeout(() => {
      form.querySelectorAll('button[type="submit"]:not(:disabled), button:not([type]):not(:disabled)').forEach((button) => {
        button.disabled = true;
        button.dataset.held = "1";
      });
    }, 0);
    setTimeout(() => release(form), HELD);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sending]").forEach(release));
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest("form");
    if (form) release(form);
  });

  // --- tabs: [data-tabs] holds links to the ids of its [data-tab-panel]s; sets of one group move together
  const tabSets = [];

  function tabs(set) {
    if (!once(set, "Tabs")) return;
    const links = [...set.querySelectorAll("[data-tab-list] a[href^='#']")];
    const panels = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
    if (!links.length || panels.includes(null)) return;
    const list = set.querySelector("[data-tab-list]");
    list.setAttribute("role", "tablist");
    list.querySelectorAll("li").forEach((item) => item.setAttribute("role", "presentation"));
    const choose = (index, focus) => {
      links.forEach((link, at) => {
        const on = at === index;
        link.setAttribute("aria-selected", String(on));
        link.tabIndex = on ? 0 : -1;
        panels[at].hidden = !on;
      });
      if (focus) links[index].focus();
    };
    const chooseEverywhere = (index, focus) => {
      choose(index, focus);
      const name = links[index].dataset.tab;
      if (set.dataset.tabs && name) {
        tabSets.filter((other) => other.group === set.dataset.tabs && other.choose !== choose)
          .forEach((other) => {
            const at = other.links.findIndex((link) => link.dataset.tab === name);
            if (at >= 0) other.choose(at, false);
          });
      }
    };
    links.forEach((link, index) => {
      link.id = link.id || `tab-${panels[index].id}`;
      link.setAttribute("role", "tab");
      link.setAttribute("aria-controls", panels[index].id);
      panels[index].setAttribute("role", "tabpanel");
      panels[index].setAttribute("aria-labelledby", link.id);
      link.addEventListener("click", (event) => {
        event.preventDefault();
        chooseEverywhere(index, false);
      });
      link.addEventListener("keydown", (event) => {
        const rtl = getComputedStyle(list).direction === "rtl";
        const step = { ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1 }[event.key];
        let next = null;
        if (step) next = (index + step + links.length) % links.length;
        if (event.key === "Home") next = 0;
        if (event.key === "End") next = links.length - 1;
        if (next === null) return;
        event.preventDefault();
        chooseEverywhere(next, true);
      });
    });
    tabSets.push({ group: set.dataset.tabs, links, panels, choose });
    const wrong = panels.findIndex((panel) => panel.querySelector(".field-wrong"));
    const named = links.findIndex((link) => link.getAttribute("aria-current"));
    choose(Math.max(wrong >= 0 ? wrong : named, 0), false);
  }

  // A link to a field on a hidden panel shows that panel first.
  function reveal(hash) {
    const target = hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
    if (!target) return;
    tabSets.forEach((set) => {
      const at = set.panels.findIndex((panel) => panel.contains(target));
      if (at >= 0 && set.panels[at].hidden) set.choose(at, false);
    });
    for (let parent = target.closest("details:not([open])"); parent; parent = parent.parentElement.closest("details:not([open])")) {
      parent.open = true;
    }
    const field = target.matches("input, select, textarea") ? target : target.querySelector("input, select, textarea");
    if (field) {
      field.focus();
      (field.closest(".field") || field).scrollIntoView({ block: "center" });
    }
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-error-summary] a[href^='#']");
    if (!link) return;
    event.preventDefault();
    reveal(link.hash);
  });

  // --- copy: data-copy="#id" or data-copy-text="words"
  let spoken;
  const say = (words) => {
    if (!spoken) {
      spoken = document.createElement("div");
      spoken.className = "toast-line";
      spoken.setAttribute("role", "status");
      document.body.append(spoken);
    }
    spoken.textContent = words;
    spoken.classList.add("toast-line-shown");
    setTimeout(() => spoken.classList.remove("toast-line-shown"), 2500);
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-text]");
    if (!button) return;
    const source = button.dataset.copy && document.querySelector(button.dataset.copy);
    const words = source ? (source.value === undefined ? source.textContent.trim() : source.value) : button.dataset.copyText;
    try {
      await navigator.clipboard.writeText(words);
      say(document.body.dataset.copied);
    } catch (refused) {
      say(document.body.dataset.notCopied);
    }
  });

  // --- go back, on error pages
  function back(button) {
    if (history.length < 2 || !once(button, "Back")) return;
    button.hidden = false;
    button.addEventListener("click", () => history.back());
  }

  // --- a select or a checkbox that applies at once: data-submit-on-change on the form
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-submit-on-change]");
    if (form) form.requestSubmit();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  // --- passkeys: allauth reports what the browser refused; say it where the button is
  document.addEventListener("allauth.error", () => {
    const place = document.querySelector("[data-passkey-error]");
    if (place) place.hidden = false;
  });

  function prepare(root) {
    each(root, "[data-menu-button]", menuButton);
    each(root, "[data-theme-switch]", themeSwitch);
    each(root, "form[data-guard-unsaved]", guardUnsaved);
    each(root, "[data-tabs]", tabs);
    each(root, "[data-back]", back);
    each(root, "[data-copy], [data-copy-text], [data-print]", (button) => { button.hidden = false; });
  }

  function start() {
    prepare(document.documentElement);
    const summary = document.querySelector("[data-error-summary]");
    if (summary) summary.focus();
    else if (location.hash) reveal(location.hash);
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
  document.addEventListener("htmx:load", (event) => prepare(event.target));
})();
