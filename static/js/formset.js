// Rows of a formset: add from the <template>, remove, move. Without it the spare rows the server drew do.
(function () {
  "use strict";

  const named = (row, ending) => row.querySelector(`[name$="-${ending}"]`);

  function formset(box) {
    if (box.dataset.readyFormset) return;
    box.dataset.readyFormset = "1";
    const prefix = box.dataset.formset;
    const total = box.querySelector(`[name="${prefix}-TOTAL_FORMS"]`);
    const rows = box.querySelector("[data-formset-rows]");
    const template = box.querySelector("template[data-formset-template]");
    const add = box.querySelector("[data-formset-add]");
    const most = Number(box.dataset.max || 1000);
    const shown = () => [...rows.children].filter((row) => row.matches("[data-formset-row]") && !row.hidden);

    const settle = () => {
      shown().forEach((row, index, all) => {
        const order = named(row, "ORDER");
        if (order) order.value = String(index + 1);
        row.querySelectorAll("[data-formset-number]").forEach((place) => { place.textContent = String(index + 1); });
        const up = row.querySelector("[data-formset-up]");
        const down = row.querySelector("[data-formset-down]");
        if (up) up.disabled = index === 0;
        if (down) down.disabled = index === all.length - 1;
      });
      if (add) add.disabled = shown().length >= most;
    };
    const changed = () => box.dispatchEvent(new Event("change", { bubbles: true }));
    const focusIn = (row) => {
      const first = row && row.querySelector("input:not([type=hidden]), select, textarea");
      if (first) first.focus();
    };

    const wire = (row) => {
      row.querySelectorAll("[data-formset-remove], [data-formset-up], [data-formset-down]").forEach((button) => {
        button.hidden = false;
      });
      const erase = named(row, "DELETE");
      const box = erase && erase.closest(".field");
      if (box) box.hidden = true;
      if (erase && erase.checked) row.hidden = true;
    };

    box.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      const row = button && button.closest("[data-formset-row]");
      if (!button) return;
      if (button === add) {
        const number = Number(total.value);
        const holder = document.createElement("template");
        holder.innerHTML = template.innerHTML.replaceAll("__prefix__", String(number));
        const fresh = holder.content.querySelector("[data-formset-row]");
        rows.append(fresh);
        total.value = String(number + 1);
        wire(fresh);
        settle();
        focusIn(fresh);
        changed();
        document.dispatchEvent(new CustomEvent("portal:row-added", { detail: fresh }));
      } else if (row && button.matches("[data-formset-remove]")) {
        const all = shown();
        const near = all[all.indexOf(row) + 1] || all[all.indexOf(row) - 1];
        const erase = named(row, "DELETE");
        if (erase) {
          erase.checked = true;
        } else {
          row.querySelectorAll("input:not([type=hidden]), textarea, select").forEach((input) => { input.value = ""; });
        }
        row.hidden = true;
        settle();
        if (near) focusIn(near);
        else if (add) add.focus();
        changed();
      } else if (row && button.matches("[data-formset-up], [data-formset-down]")) {
        const all = shown();
        const other = all[all.indexOf(row) + (button.matches("[data-formset-up]") ? -1 : 1)];
        if (!other) return;
        if (button.matches("[data-formset-up]")) rows.insertBefore(row, other);
        else rows.insertBefore(other, row);
        settle();
        (button.disabled ? focusIn(row) : button.focus());
        changed();
      }
    });

    [...rows.children].forEach(wire);
    if (add && template) add.hidden = false;
    settle();
  }

  const prepare = (root) => root.querySelectorAll("[data-formset]").forEach(formset);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => prepare(document));
  else prepare(document);
  document.addEventListener("htmx:load", (event) => prepare(event.target));
})();
