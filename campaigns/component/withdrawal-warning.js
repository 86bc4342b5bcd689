// <withdrawal-warning>: one warning in the exchange's page, and what came of it. docs/api.md says how to use it.
// It draws what campaigns/client/fragment.py draws; text is only ever put in as text.
(() => {
  "use strict";

  // By lower-case BCP 47 tag; the build puts in campaigns/client/words.toml.
  const WORDS = {};
  const RIGHT_TO_LEFT = new Set(["Adlm", "Arab", "Hebr", "Nkoo", "Rohg", "Syrc", "Thaa"]);
  const PORTAL = document.currentScript ? new URL(document.currentScript.src).origin : "";
  const ARTICLE = "article[data-publication]";
  const KINDS = ["shown", "reviewed", "reconsidered", "proceeded"];
  const RETRY_AFTER = [1000, 5000]; // milliseconds
  const READING = 1000;

  // --- drawing

  const el = (name, attributes, ...inside) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== false && value != null) made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...inside.filter((each) => each != null && each !== ""));
    return made;
  };
  const list = (items) => (items.length ? [el("ul", {}, ...items)] : []);
  const wordsFor = (tag) => WORDS[tag.toLowerCase()] || WORDS.en;
  const ownName = (tag) => (WORDS[tag.toLowerCase()] || { name: tag }).name;

  function direction(tag) {
    try {
      return RIGHT_TO_LEFT.has(new Intl.Locale(tag).maximize().script) ? "rtl" : "ltr";
    } catch {
      return "ltr";
    }
  }

  const REFUSED = "\\x00-\\x20\\x7f-\\xa0\\u1680\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3000\\ufeff\"'<>\\\\";
  const LINKED = new RegExp(`^https://[^/?#@${REFUSED}]+(?:[/?#][^${REFUSED}]*)?$`);
  const bare = (url) => url.replace(/^https:\/\//, "").replace(/^http:\/\//, "").replace(/^www\./, "").replace(/\/+$/, "");

  function address(url, shown, words, attributes = {}) {
    if (!LINKED.test(url)) return el("bdi", {}, shown === bare(url) ? shown : `${shown} (${url})`);
    return el(
      "a",
      { href: url, rel: "noopener noreferrer external", target: "_blank", ...attributes },
      el("bdi", {}, shown),
      el("span", { class: "warning-unseen" }, ` (${words.new_tab})`)
    );
  }

  // Digits of every script are the same keys of the telephone; each script has its ten in a row.
  function digit(sign) {
    let before = 0;
    while (/\p{Nd}/u.test(String.fromCodePoint(sign.codePointAt(0) - before - 1))) before += 1;
    return String(before % 10);
  }
  const dialled = (phone) =>
    [...phone]
      .map((sign) => (/\p{Nd}/u.test(sign) ? digit(sign) : "+#*".includes(sign) ? sign : ""))
      .join("")
      .replaceAll("#", "%23");

  const paragraphs = (body) =>
    body
      .replaceAll("\r\n", "\n")
      .split(/\n{2,}/)
      .filter(Boolean)
      .map((paragraph) => {
        const lines = paragraph.replace(/^\n+|\n+$/g, "").split("\n");
        return el("p", {}, ...lines.flatMap((line, at) => (at ? [el("br", {}), line] : [line])));
      });

  const part = (name, title, inside) =>
    inside.length
      ? el(
          "section",
          { class: `warning-part warning-${name}`, "data-part": name },
          el("h3", { class: "warning-part-title" }, title),
          ...inside
        )
      : null;

  const question = (asked, id) =>
    asked
      ? el(
          "fieldset",
          { class: "warning-part warning-question", "data-part": "question" },
          el("legend", { class: "warning-part-title" }, asked.text),
          ...asked.answers.map((each, at) => answer(each, `${id}-answer`, at + 1))
        )
      : null;

  const answer = (given, group, number) =>
    el(
      "div",
      { class: "warning-answer" },
      el(
        "label",
        {},
        el("input", { type: "radio", name: group, value: number, "aria-describedby": `${group}-${number}` }),
        el("bdi", {}, given.label || "…")
      ),
      el(
        "p",
        { class: `warning-advice${given.is_warning_sign ? " warning-advice-sign" : ""}`, id: `${group}-${number}` },
        given.advice
      )
    );

  const example = (told, words) =>
    el(
      "details",
      { class: "warning-example" },
      el("summary", {}, el("bdi", {}, told.title || "…")),
      el(
        "div",
        {},
        ...["how_it_goes", "how_to_tell"]
          .filter((name) => told[name])
          .map((name) => el("p", {}, el("strong", {}, words[name]), " ", el("bdi", {}, told[name])))
      )
    );

  function resource(given, words) {
    const ways = given.phone ? [el("a", { href: `tel:${dialled(given.phone)}`, dir: "ltr" }, given.phone)] : [];
    if (given.url) ways.push(address(given.url, bare(given.url), words, { dir: "ltr" }));
    const said = given.hours ? [el("bdi", {}, given.hours)] : [];
    for (const tag of given.languages || []) said.push(el("span", { lang: tag, dir: direction(tag) }, ownName(tag)));
    const hours = said.flatMap((each, at) => (at ? [" · ", each] : [each]));
    return el(
      "li",
      {},
      el("p", { class: "warning-resource-name" }, given.name),
      hours.length ? el("p", { class: "warning-resource-hours" }, ...hours) : null,
      ways.length ? el("p", { class: "warning-resource-ways" }, ...ways) : null
    );
  }

  const source = (given, words) =>
    el(
      "li",
      {},
      given.url ? address(given.url, given.name, words) : el("bdi", {}, given.name),
      ...(given.as_of ? [" ", el("time", { datetime: given.as_of, dir: "ltr" }, `(${given.as_of})`)] : [])
    );

  // One of the campaigns of /active.
  function draw({ publication, language, agency, warning }, portal) {
    const words = wordsFor(language);
    const id = `warning-${publication.id}`;
    const mark = publication.agency.mark;
    return el(
      "article",
      {
        class: "warning",
        lang: language,
        dir: direction(language),
        "aria-labelledby": id,
        "data-campaign": publication.campaign,
        "data-publication": publication.id,
        "data-version": publication.version.id,
        "data-language": language,
      },
      el(
        "header",
        { class: "warning-head" },
        mark
          ? el("img", {
              class: "warning-mark",
              src: `${portal}/marks/${mark.sha256}.png`,
              width: mark.width,
              height: mark.height,
              alt: "",
            })
          : el("span", { class: "warning-sign", "aria-hidden": "true" }),
        agency ? el("p", { class: "warning-agency" }, agency) : null,
        el("h2", { class: "warning-headline", id }, warning.headline || "…")
      ),
      el("div", { class: "warning-body" }, ...paragraphs(warning.body || "")),
      question(warning.question, id),
      part("examples", words.examples, (warning.examples || []).map((each) => example(each, words))),
      part("tips", words.tips, list((warning.tips || []).map((tip) => el("li", {}, tip)))),
      part("resource", words.resources, list((warning.resources || []).map((each) => resource(each, words)))),
      part("sources", words.sources, list((warning.sources || []).map((each) => source(each, words))))
    );
  }

  // --- reporting

  // As the portal takes it, so that sending an event again changes nothing.
  function uuid7() {
    const time = Date.now().toString(16).padStart(12, "0");
    const chance = [...crypto.getRandomValues(new Uint8Array(10))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const variant = "89ab"[parseInt(chance[3], 16) & 3];
    return `${time.slice(0, 8)}-${time.slice(8)}-7${chance.slice(0, 3)}-${variant}${chance.slice(4, 7)}-${chance.slice(7, 19)}`;
  }

  const pause = (milliseconds) => new Promise((over) => setTimeout(over, milliseconds));
  const isTyping = (one) => Boolean(one) && one.matches("input:not([type=submit], [type=button]), textarea, select, [contenteditable]");

  class WithdrawalWarning extends HTMLElement {
    #article = null;
    #campaign = null;
    #told = new Set();
    #before = null; // what had the focus
    #arrivals = new MutationObserver(() => this.#arrived());
    #sights = null;

    connectedCallback() {
      if (Object.hasOwn(this, "campaign")) {
        const given = this.campaign;
        delete this.campaign; // set before this class was known
        this.campaign = given;
      }
      this.#arrivals.observe(this, { childList: true });
      this.addEventListener("click", this);
      this.addEventListener("auxclick", this);
      this.addEventListener("change", this);
      this.#arrived();
    }

    disconnectedCallback() {
      this.#arrivals.disconnect();
      this.#left();
    }

    get campaign() {
      return this.#campaign;
    }

    // One of the campaigns of /active, or null for none.
    set campaign(given) {
      const held = this.querySelector(ARTICLE);
      const drawn = given && draw(given, this.getAttribute("portal") || PORTAL);
      this.#campaign = given;
      if (held && drawn) held.replaceWith(drawn);
      else if (held) held.remove();
      else if (drawn) this.prepend(drawn);
      if (this.isConnected) this.#arrived();
    }

    // For what the exchange alone knows: that the withdrawal was cancelled, or sent.
    report(kind, part = "") {
      if (!KINDS.includes(kind)) throw new TypeError(`no kind of report: ${kind}`);
      if (!this.#article) return;
      if (kind !== "shown") this.#tell("shown", ""); // nobody acts on what they have not seen
      this.#tell(kind, part);
    }

    handleEvent(event) {
      if (event.type === "auxclick" && event.button !== 1) return; // only the middle button opens
      if (event.type === "change") {
        // That it was answered, never how.
        if (event.target.matches("[data-part='question'] input")) this.report("reviewed", "question");
        return;
      }
      const at = event.target.closest("[data-outcome], [data-part='resource'] a, [data-part='examples'] summary");
      if (!at || !this.contains(at)) return;
      if (at.dataset.outcome) this.report(at.dataset.outcome, at.dataset.opened);
      else if (at.matches("a")) this.report("reviewed", "resource");
      else if (!at.parentElement.open) this.report("reviewed", "examples");
    }

    #arrived() {
      const found = this.querySelector(ARTICLE);
      if (found === this.#article) return;
      this.#left();
      this.#article = found;
      if (!found) return;
      this.#watch(found);
      // A page that is still being read begins at its own beginning, unless it says otherwise.
      if (this.hasAttribute("take-focus") || document.readyState === "complete") this.#takeFocus(found);
    }

    #left() {
      if (this.#sights) this.#sights.disconnect();
      const before = this.#before;
      this.#article = this.#before = this.#sights = null;
      const lost = !document.activeElement || document.activeElement === document.body;
      if (before && before.isConnected && lost) before.focus();
    }

    // The headline is where reading begins, for the eye and the ear; what somebody types is not cut off, but told.
    #takeFocus(article) {
      const headline = article.querySelector(".warning-headline");
      if (isTyping(document.activeElement)) {
        const spoken = el("p", { class: "warning-unseen", role: "status" });
        article.prepend(spoken);
        setTimeout(() => spoken.append(headline.textContent), 100); // a live region speaks of what changes in it
        return;
      }
      this.#before = document.activeElement;
      headline.tabIndex = -1;
      headline.focus();
    }

    // Shown is what somebody could see. Tips count as reviewed for whoever went to them and stayed: once the warning
    // was shown they were out of sight, and then they were in it.
    #watch(article) {
      const headline = article.querySelector(".warning-headline");
      const tips = article.querySelector("[data-part='tips'] li");
      const inSight = new Map();
      let isSought = false;
      let staying = 0;
      const sights = (this.#sights = new IntersectionObserver(
        (entries) => {
          for (const { target, isIntersecting } of entries) inSight.set(target, isIntersecting);
          if (inSight.get(headline)) this.#seen(sights, headline);
          clearTimeout(staying);
          if (!inSight.get(headline)) return; // once it was in sight it is watched no longer, and stays so here
          if (!inSight.get(tips)) isSought = true;
          else if (isSought) staying = setTimeout(() => this.#sights === sights && this.report("reviewed", "tips"), READING);
        },
        { threshold: 0.5 }
      ));
      sights.observe(headline);
      if (tips) sights.observe(tips);
    }

    #seen(sights, headline) {
      sights.unobserve(headline);
      if (!document.hidden) this.report("shown");
      else {
        const again = () => this.#sights === sights && sights.observe(headline);
        document.addEventListener("visibilitychange", again, { once: true });
      }
    }

    #tell(kind, part) {
      const { campaign, publication, version, language } = this.#article.dataset;
      const withdrawal = this.getAttribute("withdrawal") || "";
      const once = JSON.stringify([withdrawal, version, kind, part]);
      if (this.#told.has(once)) return;
      this.#told.add(once);
      const detail = {
        id: uuid7(),
        kind,
        part,
        campaign,
        publication,
        version,
        language,
        withdrawal,
        occurred_at: new Date().toISOString(),
      };
      const event = new CustomEvent("withdrawal-warning", { detail, bubbles: true, composed: true, cancelable: true });
      if (this.dispatchEvent(event) && this.hasAttribute("report-to")) this.#send(JSON.stringify(detail));
    }

    // To the page's own origin and nowhere else: the portal's key is at the exchange's back end.
    async #send(body) {
      const to = new URL(this.getAttribute("report-to"), document.baseURI);
      if (to.origin !== location.origin) {
        console.error(`withdrawal-warning reports to its own origin only, not to ${to.origin}`);
        return;
      }
      const token = this.getAttribute("csrf-token");
      const headers = { "Content-Type": "application/json" };
      if (token) headers[this.getAttribute("csrf-header") || "X-CSRF-Token"] = token;
      if (!("keepalive" in Request.prototype) && !token) {
        navigator.sendBeacon(to, new Blob([body], { type: headers["Content-Type"] }));
        return;
      }
      for (const wait of [0, ...RETRY_AFTER]) {
        if (wait) await pause(wait);
        try {
          const answer = await fetch(to, { method: "POST", keepalive: true, credentials: "same-origin", headers, body });
          if (answer.status < 500 && answer.status !== 429) return;
        } catch {
          // no connection: again, with the same id
        }
      }
    }
  }

  if (!customElements.get("withdrawal-warning")) customElements.define("withdrawal-warning", WithdrawalWarning);
})();
