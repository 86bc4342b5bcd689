// Blocking and tiny, in the head: the colours stand before the first paint.
(function () {
  "use strict";
  var root = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      var kept = localStorage.getItem("portal-theme");
      return kept === "light" || kept === "dark" ? kept : "auto";
    } catch (refused) {
      return "auto";
    }
  }

  function paint() {
    var theme = chosen();
    root.setAttribute("data-bs-theme", theme === "auto" ? (dark.matches ? "dark" : "light") : theme);
    root.setAttribute("data-theme-choice", theme);
  }

  root.classList.add("js");
  paint();
  dark.addEventListener("change", paint);
  window.portalTheme = {
    chosen: chosen,
    choose: function (theme) {
      try {
        localStorage.setItem("portal-theme", theme);
      } catch (refused) {
        // Storage is off: the choice lasts for this page.
      }
      paint();
      if (chosen() !== theme) {
        root.setAttribute("data-bs-theme", theme === "auto" ? (dark.matches ? "dark" : "light") : theme);
      }
    },
  };
})();
