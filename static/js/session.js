// Says two minutes before a session ends for want of activity, and lets the person stay with one press.
// All windows of the portal share one clock, as they share one session.
(function () {
  "use strict";

  const words = document.body.dataset;
  const limit = Number(words.idleSeconds) * 1000;
  if (!limit) return;
  const ahead = Math.min(120000, limit / 2);
  const SEEN = "portal-seen";
  let banner;
  let ticking;

  const seen = () => {
    try { return Number(localStorage.getItem(SEEN)) || 0; } catch (refused) { return 0; }
  };
  let own = Date.now();
  const note = () => {
    own = Date.now();
    try { localStorage.setItem(SEEN, String(own)); } catch (refused) { /* this window keeps its own clock */ }
  };
  const left = () => Math.max(own, seen()) + limit - Date.now();

  function hide() {
    if (banner) banner.remove();
    banner = undefined;
  }

  async function stay() {
    try {
      const answer = await fetch(words.sessionAlive, { redirect: "manual", cache: "no-store" });
      if (answer.status !== 204) throw new Error("signed out");
      note();
      hide();
      plan();
    } catch (gone) {
      over();
    }
  }

  function show() {
    banner = document.createElement("div");
    banner.className = "session-ending";
    banner.setAttribute("role", "alert");
    const text = document.createElement("p");
    text.textContent = words.sessionEnding;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-primary";
    button.textContent = words.sessionStay;
    button.addEventListener("click", stay);
    banner.append(text, button);
    document.body.append(banner);
  }

  function over() {
    if (!banner) show();
    banner.querySelector("p").textContent = words.sessionOver;
    const button = banner.querySelector("button");
    if (button) button.remove();
  }

  function plan() {
    clearTimeout(ticking);
    const rest = left();
    if (rest <= 0) {
      over();
      return;
    }
    if (rest <= ahead) {
      if (!banner) show();
      ticking = setTimeout(plan, Math.min(rest, 5000));
      return;
    }
    hide();
    ticking = setTimeout(plan, rest - ahead);
  }

  note();
  document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) { note(); plan(); } });
  // Timers sleep with the machine; another window may have gone on meanwhile.
  document.addEventListener("visibilitychange", plan);
  window.addEventListener("storage", (event) => { if (event.key === SEEN) plan(); });
  plan();
})();
