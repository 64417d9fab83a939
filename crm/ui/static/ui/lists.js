"use strict";
// Lists: a row beside the list (Space), widths of columns by drag or arrow keys, a second field to sort by (Shift).
(function () {
  const _ = window.gettext || ((text) => text);
  const one = (selector, from) => (from || document).querySelector(selector);
  const all = (selector, from) => [...(from || document).querySelectorAll(selector)];
  const table = () => one(".list-table[data-rows]");

  // a row beside the list
  const pane = () => one("#peek");
  let shown = "";
  function peek(row) {
    if (!row) return;
    shown = row.dataset.id;
    all(".list-table tr.is-peeked").forEach((other) => other.classList.remove("is-peeked"));
    row.classList.add("is-peeked");
    pane().hidden = false;
    document.body.classList.add("has-peek");
    htmx.ajax("GET", table().dataset.rows + shown + "/tab/peek/", { target: "#peek", swap: "innerHTML" });
  }
  function close() {
    if (!shown) return;
    const row = one('.list-table tr[data-id="' + CSS.escape(shown) + '"]');
    shown = ""; pane().hidden = true; pane().replaceChildren(); document.body.classList.remove("has-peek");
    if (row) { row.classList.remove("is-peeked"); one(".who", row).focus(); }
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-peek]");
    if (button) { event.preventDefault(); const row = button.closest("tr"); if (row.dataset.id === shown) close(); else peek(row); }
    if (event.target.closest("[data-peek-close]")) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && shown && !event.target.closest("[data-inline]") && !document.body.classList.contains("modal-open")) { close(); return; }
    if (event.key !== " " || !event.target.matches(".list-table .who")) return;
    event.preventDefault();
    const row = event.target.closest("tr");
    if (row.dataset.id === shown) close(); else peek(row);
  });
  document.addEventListener("focusin", (event) => {
    const row = shown && event.target.matches(".list-table .who") && event.target.closest("tr");
    if (row && row.dataset.id !== shown) peek(row);
  });

  // widths of columns: in the address, so that a view keeps them
  const NARROWEST = 60, WIDEST = 900, STEP = 16;
  const heads = () => all("thead th[data-col]", table());
  const stored = () => (new URLSearchParams(location.search).get("widths") || "").split(",").map(Number);
  function size(head, width) {
    const cells = [head, ...[...table().tBodies[0].rows].map((row) => row.cells[head.cellIndex]).filter(Boolean)];
    cells.forEach((cell) => { cell.style.width = cell.style.minWidth = cell.style.maxWidth = width + "px"; });
    table().classList.add("has-widths");
    one("[data-grip]", head).setAttribute("aria-valuenow", width);
  }
  function lay() {
    const widths = stored();
    if (!table() || !widths.some(Boolean)) return;
    heads().forEach((head, at) => { if (widths[at]) size(head, widths[at]); });
  }
  function keep() {
    const address = new URL(location.href);
    address.searchParams.delete("cursor");
    address.searchParams.set("widths", heads().map((head) => Math.round(head.style.width ? head.getBoundingClientRect().width : 0)).join(","));
    htmx.ajax("GET", address.pathname + address.search, { target: "#list", swap: "innerHTML" });
  }
  function widen(head, width) {
    size(head, Math.max(NARROWEST, Math.min(WIDEST, Math.round(width))));
  }
  let dragged = null;
  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip) return;
    event.preventDefault();
    const head = grip.closest("th");
    dragged = { head: head, from: event.clientX, width: head.getBoundingClientRect().width };
    grip.setPointerCapture(event.pointerId);
  });
  document.addEventListener("pointermove", (event) => { if (dragged) widen(dragged.head, dragged.width + event.clientX - dragged.from); });
  document.addEventListener("pointerup", () => { if (dragged) { dragged = null; keep(); } });
  let later = 0;
  document.addEventListener("keydown", (event) => {
    const grip = event.target.closest && event.target.closest("[data-grip]"), by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (!grip || !by) return;
    event.preventDefault();
    const head = grip.closest("th"), name = head.dataset.col;
    widen(head, head.getBoundingClientRect().width + by);
    clearTimeout(later);
    later = setTimeout(() => { keep(); document.body.addEventListener("htmx:afterSettle", () => { const again = one('th[data-col="' + CSS.escape(name) + '"] [data-grip]'); if (again) again.focus(); }, { once: true }); }, 600);
  });

  // a second field to sort by
  document.addEventListener("click", (event) => {
    const link = event.shiftKey && event.target.closest("[data-then]");
    if (link) { event.preventDefault(); event.stopPropagation(); location.href = link.dataset.then; }
  }, true);

  document.addEventListener("htmx:load", lay);
  lay();
})();
