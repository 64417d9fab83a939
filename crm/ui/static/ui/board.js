"use strict";
// The board: cards moved by mouse, by Shift and arrow keys, or by their menu. The server answers with the board as it is now.
(function () {
  const all = (selector, from) => [...(from || document).querySelectorAll(selector)];
  const board = () => document.querySelector("[data-board]");
  let focus = "";

  function tell(detail) { document.body.dispatchEvent(new CustomEvent("kith:toast", { detail: detail })); }
  function back(card, list, next) { list.insertBefore(card, next); }

  function move(card, to, undo) {
    const column = board().querySelector(`[data-column="${CSS.escape(to)}"]`);
    if (column && "shut" in column.dataset) { undo(); tell({ text: column.querySelector("[data-told]").title, bad: true }); return; }
    if (column && column.dataset.asks) {
      undo();
      document.querySelector("#record-version [name=version]").value = card.dataset.version;
      const path = location.pathname.replace(/board\/?$/, "") + card.dataset.card + "/" + column.dataset.asks + "/";
      document.dispatchEvent(new CustomEvent("kith:dialog", { detail: path }));
      return;
    }
    const data = new URLSearchParams({ id: card.dataset.card, to: to, version: card.dataset.version });
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
    fetch(board().dataset.move, { method: "POST", body: data, headers: { "HX-Request": "true", "X-CSRFToken": token } })
      .then((answer) => answer.text().then((html) => {
        const told = answer.headers.get("HX-Trigger");
        if (told) tell(JSON.parse(told)["kith:toast"]);
        if (!answer.ok) { undo(); return; }
        focus = card.dataset.card;
        const holder = document.createElement("template");
        holder.innerHTML = html;
        const fresh = holder.content.firstElementChild;
        board().replaceWith(fresh);
        htmx.process(fresh);
        begin();
      }))
      .catch(undo);
  }

  function begin() {
    const found = board();
    if (!found || found.dataset.begun) return;
    found.dataset.begun = "1";
    if (focus) { const card = found.querySelector(`[data-card="${CSS.escape(focus)}"]`); if (card) card.focus(); focus = ""; }
    if (!found.hasAttribute("data-may-move")) return;
    all("[data-cards]", found).forEach((list) => Sortable.create(list, {
      group: { name: "board", put: () => !("shut" in list.closest("[data-column]").dataset) }, draggable: ".board-card:not([data-locked])", animation: 120, delay: 120, delayOnTouchOnly: true, filter: ".dropdown", preventOnFilter: false,
      onStart: () => found.classList.add("is-moving"),
      onEnd: (event) => {
        found.classList.remove("is-moving");
        const to = event.to.closest("[data-column]").dataset.column;
        if (event.from === event.to) return;
        const next = event.from.children[event.oldIndex] || null;
        move(event.item, to, () => back(event.item, event.from, next));
      },
    }));
  }

  function step(card, by) {
    const columns = all("[data-column]", board()), at = columns.indexOf(card.closest("[data-column]"));
    const to = columns[at + by];
    if (to) { focus = card.dataset.card; move(card, to.dataset.column, () => card.focus()); }
  }
  document.addEventListener("keydown", (event) => {
    const card = event.target.matches && event.target.matches("[data-card]") ? event.target : null;
    if (!card) return;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by && event.shiftKey && board().hasAttribute("data-may-move") && !("locked" in card.dataset)) { event.preventDefault(); step(card, by); return; }
    if (event.key === "Enter") { card.querySelector("a").click(); return; }
    if (by) {
      const columns = all("[data-column]", board()), at = columns.indexOf(card.closest("[data-column]"));
      const near = columns.slice(by > 0 ? at + 1 : 0, by > 0 ? undefined : at), found = (by > 0 ? near : near.reverse()).map((one) => one.querySelector("[data-card]")).find(Boolean);
      if (found) { event.preventDefault(); found.focus(); }
    }
    const beside = { ArrowUp: card.previousElementSibling, ArrowDown: card.nextElementSibling }[event.key];
    if (beside && beside.matches("[data-card]")) { event.preventDefault(); beside.focus(); }
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("[data-to]");
    if (button) move(button.closest("[data-card]"), button.dataset.to, () => {});
  });
  document.addEventListener("htmx:load", begin);
  begin();
})();
