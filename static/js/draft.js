// A draft while it is written: kept on the server as it is typed, looked at, and others at the same draft named.
// Nobody's session is kept alive by a page that is only open: all of it follows the person's own typing.
(function () {
  "use strict";

  const KEEP_AFTER = 3000;
  const LOOK_AFTER = 700;
  const BEAT = 15000;
  const AT_WORK = 60000;

  function draft(form) {
    if (form.dataset.readyDraft) return;
    form.dataset.readyDraft = "1";
    const line = form.querySelector("[data-draft-kept]");
    const others = document.querySelector("[data-draft-others]");
    const overtaken = document.querySelector("[data-draft-overtaken]");
    const pane = document.querySelector("[data-draft-look]");
    let typedAt = 0;
    let keeping;
    let looking;
    let asking = 0;
    let sent = "";
    let leaving = false;

    const fields = () => {
      const data = new FormData(form);
      if (pane) pane.querySelectorAll("select[name]").forEach((choice) => data.set(choice.name, choice.value));
      return data;
    };
    const post = (url, data) =>
      fetch(url, {
        method: "POST", body: new URLSearchParams(data), redirect: "manual",
        headers: { "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value },
      });
    const show = (place, words) => {
      if (!place) return;
      const text = place.querySelector("[data-words]") || place;
      if (text.textContent !== (words || "")) text.textContent = words || "";
      place.hidden = !words;
    };

    async function keep(data) {
      if (leaving) return;
      const whole = data ? new URLSearchParams(data).toString() : "";
      if (data && whole === sent) return;
      try {
        const answer = await post(form.dataset.draft, data || new URLSearchParams());
        const said = await answer.json();
        if (said.problem) { show(line, said.problem); return; }
        if (data) { sent = whole; show(line, said.kept); form.dispatchEvent(new Event("portal:saved")); }
        show(others, said.others);
        const revision = form.querySelector("[name=revision]");
        show(overtaken, revision && said.revision > Number(revision.value) ? said.overtaken : "");
      } catch (lost) {
        show(line, form.dataset.draftLost);
      }
    }

    async function look() {
      if (!pane) return;
      const mine = ++asking;
      try {
        const answer = await post(pane.dataset.draftLook, fields());
        if (!answer.ok || mine !== asking) return;
        const words = await answer.text();
        const had = document.activeElement && pane.contains(document.activeElement) && document.activeElement.name;
        const screen = () => pane.querySelector(".device-screen");
        const reached = screen() ? screen().scrollTop : 0;
        const folds = () => Array.from(pane.querySelectorAll("details"));
        const unfolded = folds().map((each) => each.open);
        pane.replaceChildren(...new DOMParser().parseFromString(words, "text/html").body.childNodes);
        if (had) pane.querySelector(`[name="${had}"]`).focus();
        folds().forEach((each, place) => { if (place in unfolded) each.open = unfolded[place]; });
        if (screen()) screen().scrollTop = reached;
      } catch (lost) { /* the pane keeps what it showed */ }
    }

    const typed = () => {
      typedAt = Date.now();
      clearTimeout(keeping);
      clearTimeout(looking);
      keeping = setTimeout(() => keep(new FormData(form)), KEEP_AFTER);
      looking = setTimeout(look, LOOK_AFTER);
    };
    form.addEventListener("input", typed);
    form.addEventListener("change", typed);
    form.addEventListener("submit", () => { leaving = true; clearTimeout(keeping); });
    window.addEventListener("pageshow", () => { leaving = false; });
    if (pane) {
      pane.addEventListener("change", look);
      look();
    }
    setInterval(() => {
      if (Date.now() - typedAt < AT_WORK && document.visibilityState === "visible") keep(null);
    }, BEAT);
  }

  // How much is typed beside how much a phone shows at once, at the end of the field's own hint.
  function count(field) {
    if (field.dataset.readyCount) return;
    field.dataset.readyCount = "1";
    const hint = document.getElementById((field.getAttribute("aria-describedby") || "").split(" ")[0]);
    if (!hint) return;
    const shown = document.createElement("span");
    shown.className = "count";
    hint.append(" ", shown);
    const say = () => {
      const length = Array.from(field.value).length;
      shown.textContent = `${length} / ${field.dataset.count}`;
      shown.classList.toggle("count-over", length > Number(field.dataset.count));
    };
    field.addEventListener("input", say);
    say();
  }

  const prepare = (root) => {
    root.querySelectorAll("form[data-draft]").forEach(draft);
    root.querySelectorAll("[data-count]").forEach(count);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => prepare(document));
  else prepare(document);
  document.addEventListener("htmx:load", (event) => prepare(event.target));
})();
