"use strict";
// The calendar: entries put on another day or hour by mouse, or by Shift and an arrow key. The server answers with the days as they are now.
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
      onStart: (event) => { const at = point(event.originalEvent); held = at ? at.clientY - event.item.getBoundingClientRect().top : 0; },
      onEnd: (event) => {
        const to = event.to.dataset.day, at = clockAt(event), next = event.from.children[event.oldIndex] || null;
        if (event.from === event.to && (!at || at === event.item.dataset.begins)) return;
        move(event.item, at ? to + "T" + at : to, () => event.from.insertBefore(event.item, next));
      },
    }));
    hoursBegin(found.querySelector("[data-hours]"));
  }

  // the hours of a week
  const QUARTERS = 96;
  let held = 0, scrolled = null;
  const point = (event) => event && ((event.changedTouches && event.changedTouches[0]) || event);
  const clock = (minutes) => String(Math.floor(minutes / 60)).padStart(2, "0") + ":" + String(minutes % 60).padStart(2, "0");
  const minutesOf = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  function clockAt(event) {
    const list = event.to, at = point(event.originalEvent);
    if (!at || !("clock" in list.dataset) || !event.item.dataset.begins) return "";
    const box = list.getBoundingClientRect(), quarter = Math.round((at.clientY - held - box.top) / box.height * QUARTERS);
    if (event.from === event.to && Math.abs(quarter * 15 - minutesOf(event.item.dataset.begins)) < 15) return event.item.dataset.begins;
    return clock(Math.max(0, Math.min(QUARTERS - 1, quarter)) * 15);
  }
  function hoursBegin(hours) {
    if (!hours) { scrolled = null; return; }
    const first = hours.querySelector("[data-slot]"), line = hours.querySelector("[data-now]"), top = (one) => one.getBoundingClientRect().top - hours.getBoundingClientRect().top;
    const tops = [...hours.querySelectorAll(".cal-slot"), ...(line ? [line] : [])].filter((one) => one.offsetParent).map(top);
    const hour = hours.scrollHeight / 24, early = 7.75 * hour;
    hours.scrollTop = scrolled === null ? (first || line ? Math.min(early, ...tops.map((one) => one - hour / 2)) : early) : scrolled;
    hours.addEventListener("scroll", () => { scrolled = hours.scrollTop; });
  }
  setInterval(() => { // the line of this moment goes on, by the clock of who looks
    const line = document.querySelector("[data-now]");
    if (!line) return;
    const quarter = Number(line.className.match(/h(\d+)/)[1]) * 4 + Number(line.className.match(/q(\d+)/)[1]) + 1;
    if (quarter < QUARTERS) line.className = "cal-now h" + Math.floor(quarter / 4) + " q" + (quarter % 4);
  }, 900000);

  document.addEventListener("dblclick", (event) => { // an hour where nothing stands: something that begins there
    const list = event.target.closest && event.target.closest("[data-clock]"), makes = list && list.closest("[data-makes]");
    if (!makes || event.target.closest("[data-slot]")) return;
    const box = list.getBoundingClientRect(), half = Math.floor((event.clientY - box.top) / box.height * 48);
    location.href = makes.dataset.makes + list.dataset.day + "T" + clock(half * 30);
  });
  document.addEventListener("keydown", (event) => {
    const slot = event.target.closest && event.target.closest("[data-slot]");
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    if (!slot || !by || !event.shiftKey || !slot.hasAttribute("data-may-move")) return;
    event.preventDefault();
    const list = slot.closest("[data-day]"), begins = slot.dataset.begins;
    if (begins && Math.abs(by) === 7) { // up and down a week's hours
      const at = minutesOf(begins) + (by < 0 ? -15 : 15);
      if (at >= 0 && at < 24 * 60) move(slot, list.dataset.day + "T" + clock(at), () => {});
      return;
    }
    const day = new Date(list.dataset.day + "T12:00:00Z");
    day.setUTCDate(day.getUTCDate() + by);
    move(slot, day.toISOString().slice(0, 10), () => {});
  });
  document.addEventListener("htmx:load", begin);
  begin();
})();
