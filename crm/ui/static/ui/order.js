"use strict";
// Orders that people set: by drag, by arrow keys on the handle, by buttons. A list with an address is saved at once (its
// items by name: id, unless the list says another); one inside a form goes with it. Lists of one group share their items.
(function () {
  const _ = window.gettext || ((text) => text);
  const all = (selector, from) => [...(from || document).querySelectorAll(selector)];
  const lists = (list) => (list.dataset.orderGroup ? all(`[data-order][data-order-group="${CSS.escape(list.dataset.orderGroup)}"]`) : [list]);
  const items = (list) => all("[data-item]", list).filter((item) => item.closest("[data-order]") === list);

  function say(item) {
    const place = document.querySelector("[data-order-said]"), list = item.closest("[data-order]"), inside = items(list);
    if (place) place.textContent = (list.dataset.orderName || "") + " " + (inside.indexOf(item) + 1) + " / " + inside.length;
  }
  function fit(list) {
    const inside = items(list);
    inside.forEach((item, at) => all("[data-step]", item).forEach((button) => { button.disabled = Number(button.dataset.step) < 0 ? at === 0 : at === inside.length - 1; }));
    list.classList.toggle("is-bare", !inside.length);
  }
  function keep(list) {
    if (!list.dataset.orderUrl) return;
    const name = list.dataset.orderSends || "id", data = items(list).map((item) => [name, item.dataset.item]);
    if (list.dataset.orderDo) data.unshift(["do", list.dataset.orderDo]);
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
    const bad = (text) => { document.body.dispatchEvent(new CustomEvent("kith:toast", { detail: { text: text, bad: true } })); setTimeout(() => location.reload(), 1500); };
    fetch(list.dataset.orderUrl, { method: "POST", body: new URLSearchParams(data), headers: { "HX-Request": "true", "X-CSRFToken": token } })
      .then((answer) => { const told = answer.headers.get("HX-Trigger"), said = told && JSON.parse(told)["kith:toast"]; if (!answer.ok) bad((said && said.text) || _("That did not work. Please try again.")); })
      .catch(() => bad(_("That did not work. Please try again.")));
  }
  function moved(item, from) {
    const to = item.closest("[data-order]");
    fit(to); if (from !== to) fit(from);
    say(item); keep(to);
    item.dispatchEvent(new Event("kith:ordered", { bubbles: true }));
  }
  function step(item, by) {
    const from = item.closest("[data-order]"), inside = items(from), near = inside[inside.indexOf(item) + by];
    if (near) { if (by > 0) near.after(item); else near.before(item); }
    else {
      const every = lists(from), to = every[every.indexOf(from) + by];
      if (!to) return;
      if (by > 0) to.prepend(item); else to.append(item);
    }
    moved(item, from);
  }
  document.addEventListener("keydown", (event) => {
    const handle = event.target.closest && event.target.closest("[data-handle]"), by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    const item = handle && by && !event.shiftKey && handle.closest("[data-item]");
    if (!item || !item.closest("[data-order]")) return;
    event.preventDefault();
    step(item, by); handle.focus();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("[data-step]"), item = button && button.closest("[data-item]");
    if (!item || !item.closest("[data-order]")) return;
    event.preventDefault();
    step(item, Number(button.dataset.step));
    if (button.disabled) { const other = item.querySelector("[data-step]:not([disabled])"); if (other) other.focus(); } else button.focus();
  });
  // sections of a layout: one more, one less (its fields go to the one before it, or behind it)
  document.addEventListener("click", (event) => {
    const add = event.target.closest && event.target.closest("[data-section-add]"), drop = event.target.closest && event.target.closest("[data-section-drop]");
    if (add) {
      const form = add.closest("[data-layout]"), holder = document.createElement("template"), every = form.querySelector("[data-sections]");
      form.dataset.next = String(Number(form.dataset.next || 1000) + 1);
      holder.innerHTML = form.querySelector("[data-section-blank]").innerHTML.replaceAll('"N"', '"' + form.dataset.next + '"').replaceAll("section:N", "section:" + form.dataset.next).replaceAll("label-N", "label-" + form.dataset.next);
      const fresh = holder.content.firstElementChild;
      every.append(fresh); begin(); fresh.querySelector(".layout-label").focus();
    }
    if (drop) {
      const section = drop.closest("[data-item]"), list = section.querySelector("[data-order]"), every = lists(list), at = every.indexOf(list), to = every[at - 1] || every[at + 1];
      items(list).forEach((item) => to.append(item));
      section.remove(); fit(to);
      const near = to.closest(".layout-section").querySelector("input:not([type=hidden]), button"); if (near) near.focus();
    }
  });
  function begin() {
    all("[data-order]").filter((list) => !list.dataset.ordered).forEach((list) => {
      list.dataset.ordered = "1"; fit(list);
      Sortable.create(list, { group: list.dataset.orderGroup || undefined, draggable: "[data-item]", handle: "[data-handle]", animation: 120, onEnd: (event) => moved(event.item, event.from) });
    });
  }
  document.addEventListener("htmx:load", begin);
  document.addEventListener("kith:lists", begin);
  begin();
})();
