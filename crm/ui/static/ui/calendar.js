"use strict";
// The calendar: entries put on another day by mouse, or by Shift and an arrow key. The server answers with the days as they are now.
(function () {
  const box = () => document.querySelector("[data-calendar]");
  let focus = "";

  function move(slot, to, undo) {
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
    const data = new URLSearchParams({ noun: slot.dataset.noun, id: slot.dataset.slot, version: slot.dataset.version, to: to });
    fetch(box().dataset.move, { method: "POST", body: data, headers: { "HX-Request": "true", "X-CSRFToken": token } })
      .then((answer) => answer.text().then((html) => {
        const told = answer.headers.get("HX-Trigger");
        if (told) document.body.dispatchEvent(new CustomEvent("kith:toast", { detail: JSON.parse(told)["kith:toast"] }));
        if (!answer.ok) { undo(); return; }
        focus = slot.dataset.slot;
        const holder = document.createElement("template");
        holder.innerHTML = html;
        const fresh = holder.content.firstElementChild;
        box().replaceWith(fresh);
        htmx.process(fresh);
        begin();
      }))
      .catch(undo);
  }

  function begin() {
    const found = box();
    if (!found || found.dataset.begun) return;
    found.dataset.begun = "1";
    if (focus) { const slot = found.querySelector(`[data-slot="${CSS.escape(focus)}"] a`); if (slot) slot.focus(); focus = ""; }
    found.querySelectorAll("[data-day]").forEach((list) => Sortable.create(list, {
      group: "calendar", draggable: "[data-may-move]", animation: 120, delay: 120, delayOnTouchOnly: true, sort: false,
      onEnd: (event) => {
        if (event.from === event.to) return;
        const next = event.from.children[event.oldIndex] || null;
        move(event.item, event.to.dataset.day, () => event.from.insertBefore(event.item, next));
      },
    }));
  }

  document.addEventListener("keydown", (event) => {
    const slot = event.target.closest && event.target.closest("[data-slot]");
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    if (!slot || !by || !event.shiftKey || !slot.hasAttribute("data-may-move")) return;
    event.preventDefault();
    const day = new Date(slot.closest("[data-day]").dataset.day + "T12:00:00Z");
    day.setUTCDate(day.getUTCDate() + by);
    move(slot, day.toISOString().slice(0, 10), () => {});
  });
  document.addEventListener("htmx:load", begin);
  begin();
})();
