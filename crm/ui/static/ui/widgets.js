"use strict";
// Controls inside pages: choosers of links, lines of an order, dropping a file, composer. Also for fragments that htmx brings.
(function () {
  const one = (selector, from) => from.querySelector(selector);
  let choosers = 0;

  // chooser of a link: a text that searches, a hidden id that is sent
  function chooser(box) {
    const text = one("[data-choose-text]", box), id = one("[data-choose-id]", box), list = one(".choose-list", box), clear = one("[data-choose-clear]", box);
    let timer = 0, at = -1, asked = 0;
    list.id = "choices-" + ++choosers; text.setAttribute("aria-controls", list.id);
    const options = () => [...list.querySelectorAll(".choose-row")];
    function close() { list.hidden = true; text.setAttribute("aria-expanded", "false"); text.removeAttribute("aria-activedescendant"); at = -1; }
    function set(value, title) {
      const changed = id.value !== value;
      id.value = value; text.value = title; clear.hidden = !value; close();
      if (changed) id.dispatchEvent(new Event("change", { bubbles: true }));
    }
    function ask() {
      const mine = ++asked;
      fetch(box.dataset.url + "?q=" + encodeURIComponent(id.value ? "" : text.value), { headers: { "HX-Request": "true" } })
        .then((answer) => (answer.ok ? answer.text() : ""))
        .then((html) => { if (mine !== asked || document.activeElement !== text) return; list.innerHTML = html; list.hidden = false; text.setAttribute("aria-expanded", "true"); });
    }
    function mark(n) {
      at = n;
      options().forEach((option, k) => { option.classList.toggle("on", k === n); option.setAttribute("aria-selected", String(k === n)); option.id = list.id + "-" + k; });
      text.setAttribute("aria-activedescendant", list.id + "-" + n);
    }
    text.addEventListener("focus", ask);
    text.addEventListener("input", () => { id.value = ""; clear.hidden = true; clearTimeout(timer); timer = setTimeout(ask, 150); });
    text.addEventListener("keydown", (event) => {
      const found = options();
      if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); if (found.length) mark((at + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length); }
      else if (event.key === "Enter" && !list.hidden && found.length) { event.preventDefault(); const hit = found[Math.max(at, 0)]; set(hit.dataset.id, hit.dataset.title); }
      else if (event.key === "Escape" && !list.hidden) { event.stopPropagation(); close(); }
    });
    text.addEventListener("blur", () => setTimeout(() => { if (!id.value && text.value) text.value = ""; close(); }, 150));
    list.addEventListener("mousedown", (event) => { const hit = event.target.closest(".choose-row"); if (hit) { event.preventDefault(); set(hit.dataset.id, hit.dataset.title); } });
    clear.addEventListener("click", () => { set("", ""); text.focus(); });
  }

  // lines: rows of a part, copied from a template
  function lines(box) {
    const body = one("tbody", box), blank = one("template", box);
    let next = body.rows.length;
    function add() {
      const holder = document.createElement("tbody");
      holder.innerHTML = blank.innerHTML.replaceAll("-N-", "-" + next++ + "-");
      const row = holder.firstElementChild;
      body.append(row); row.querySelectorAll("[data-choose]").forEach(chooser);
      return row;
    }
    const told = "worth" in box.dataset ? worth(box) : { ask() {}, free() {} };
    const fresh = () => { const row = add(); told.free(row); return row; };
    one("[data-line-add]", box).addEventListener("click", () => { const field = one("input:not([type=hidden])", fresh()); if (field) field.focus(); });
    box.addEventListener("click", (event) => { const button = event.target.closest("[data-line-remove]"); if (button) { button.closest("tr").remove(); told.ask(); } });
    if (!next) fresh(); else told.ask();
  }

  // what lines come to: the server is asked, which rounds as it will when they are saved; prices that nobody wrote are filled in
  function worth(box) {
    const form = box.closest("form"), cells = (from) => [...from.querySelectorAll("[data-suggested]")], input = (cell) => one("input", cell);
    let timer = 0, asked = 0;
    const free = (row) => cells(row).forEach((cell) => { cell.dataset.free = "1"; });
    function show(answer) {
      box.querySelectorAll("tbody tr").forEach((row) => {
        const line = answer.lines[one("input, select", row).name.split("-").slice(0, 2).join("-")];
        one("[data-amount]", row).textContent = (line && line.amount) || "—";
        if (line) cells(row).forEach((cell) => { if ("free" in cell.dataset && line.fill[cell.dataset.suggested]) input(cell).value = line.fill[cell.dataset.suggested]; });
      });
      box.querySelectorAll("[data-sum]").forEach((sum) => { sum.textContent = answer.sums[sum.dataset.sum] || "—"; });
      one("[data-doubts]", box).textContent = (answer.doubts || []).join(" ");
    }
    function send() {
      const mine = ++asked, data = new FormData(form);
      data.append("worth", "1");
      cells(box).forEach((cell) => { if ("free" in cell.dataset) data.set(input(cell).name, ""); });
      fetch(location.href, { method: "POST", body: new URLSearchParams([...data].filter(([, value]) => typeof value === "string")) })
        .then((answer) => (answer.ok ? answer.json() : { lines: {}, sums: {} }))
        .then((answer) => { if (mine === asked) show(answer); })
        .catch(() => { if (mine === asked) show({ lines: {}, sums: {} }); });
    }
    const ask = () => { clearTimeout(timer); timer = setTimeout(send, 250); };
    form.addEventListener("input", (event) => {
      const cell = event.target.closest("[data-suggested]");
      if (cell) { if (input(cell).value) delete cell.dataset.free; else cell.dataset.free = "1"; }
      if (box.contains(event.target)) ask();
    });
    form.addEventListener("change", (event) => {
      if (event.target.matches("[data-choose-id]") && box.contains(event.target)) free(event.target.closest("tr"));
      ask();
    });
    return { ask, free };
  }

  // a file that is dropped is sent at once
  function drop(form) {
    const field = one("[type=file]", form), zone = one(".drop", form);
    function send() {
      if (!field.files.length) return;
      one("[data-drop-name]", form).textContent = field.files[0].name;
      zone.classList.add("is-busy");
      form.submit();
    }
    field.addEventListener("change", send);
    ["dragover", "dragenter"].forEach((name) => zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("is-over"); }));
    ["dragleave", "drop"].forEach((name) => zone.addEventListener(name, () => zone.classList.remove("is-over")));
    zone.addEventListener("drop", (event) => { event.preventDefault(); field.files = event.dataTransfer.files; send(); });
    send(); // chosen before this script ran
  }

  // a field that sifts what stands below it: each word must be found; groups with nothing left go, too
  function sift(box) {
    const text = one("[data-sift-text]", box), rows = [...box.querySelectorAll("[data-sift-words]")], none = one("[data-sift-none]", box);
    const fit = () => {
      const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      rows.forEach((row) => { row.hidden = !words.every((word) => row.dataset.siftWords.includes(word)); });
      box.querySelectorAll("[data-sift-group]").forEach((group) => { group.hidden = !group.querySelector("[data-sift-words]:not([hidden])"); });
      none.hidden = rows.some((row) => !row.hidden);
    };
    text.addEventListener("input", fit); fit();
    text.addEventListener("keydown", (event) => { const hit = event.key === "Enter" && text.value && rows.find((row) => !row.hidden); if (hit) one("a", hit).click(); });
  }

  // the form of a custom field: what only some kinds have is shown with them
  function fieldForm(form) {
    const kind = one("[name=kind]", form);
    const fit = () => form.querySelectorAll("[data-kinds]").forEach((box) => { box.hidden = !box.dataset.kinds.split(" ").includes(kind.value); });
    kind.addEventListener("change", fit); fit();
  }

  // cells of a list, edited where they stand: double click, or F2 on a row; Enter saves, Escape leaves, Tab goes on
  let going = null;
  const editable = (td) => td && td.closest("table[data-rows]") && td.closest("table").tHead.rows[0].cells[td.cellIndex].dataset.f;
  function cellEdit(td) {
    const name = editable(td);
    if (name && !one("form", td) && !("locked" in td.closest("tr").dataset)) htmx.ajax("GET", td.closest("table").dataset.rows + td.closest("tr").dataset.id + "/field/" + name + "/?cell=1", { target: td, swap: "outerHTML" });
  }
  const beside = (row, at, by) => { for (let n = at + by; row.cells[n]; n += by) if (editable(row.cells[n])) return n; return -1; };
  document.addEventListener("dblclick", (event) => { const td = event.target.closest(".list-table[data-rows] tbody td"); if (td) { cellEdit(td); getSelection().removeAllRanges(); } });
  document.addEventListener("keydown", (event) => {
    if (event.key === "F2" && event.target.matches(".list-table[data-rows] .who")) { event.preventDefault(); const row = event.target.closest("tr"); cellEdit(row.cells[beside(row, event.target.closest("th").cellIndex, 1)]); return; }
    const form = event.key === "Tab" && event.target.matches("input, select, textarea") && event.target.closest("td form[data-inline]");
    if (!form) return;
    const td = form.closest("td"), to = beside(td.parentElement, td.cellIndex, event.shiftKey ? -1 : 1);
    if (to < 0) return;
    event.preventDefault(); going = { row: td.parentElement, from: td.cellIndex, to: to }; form.requestSubmit();
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!going) return;
    const { row, from, to } = going; going = null;
    if (!one("form", row.cells[from])) cellEdit(row.cells[to]);
  });

  // previous and next within the list that a record was opened from: its ids are remembered for this window
  function listKeep(table) {
    const ids = [...table.tBodies[0].rows].map((row) => row.dataset.id).filter(Boolean);
    try { sessionStorage.setItem("kith-list:" + table.dataset.rows, JSON.stringify({ ids: ids, back: location.pathname + location.search })); } catch (blocked) { /* private mode */ }
  }
  function listWalk(nav) {
    let kept = null;
    try { kept = JSON.parse(sessionStorage.getItem("kith-list:" + nav.dataset.recNav)); } catch (blocked) { /* private mode */ }
    const at = kept ? kept.ids.indexOf(nav.dataset.id) : -1;
    if (at < 0) return;
    document.querySelector("[data-rec-back]").href = kept.back;
    nav.querySelectorAll("[data-step]").forEach((link) => { const id = kept.ids[at + Number(link.dataset.step)]; link.hidden = !id; if (id) link.href = nav.dataset.recNav + id + "/"; });
    one("[data-place]", nav).textContent = at + 1 + " / " + kept.ids.length;
    nav.hidden = false;
  }

  function begin(from) {
    const found = (selector) => [...(from.matches && from.matches(selector) ? [from] : []), ...from.querySelectorAll(selector)];
    const once = (selector, start) => found(selector).forEach((box) => { if (!box.dataset.begun) { box.dataset.begun = "1"; start(box); } });
    once("[data-choose]", chooser); once("[data-lines]", lines); once("[data-drop]", drop); once("[data-field-form]", fieldForm); once("[data-sift]", sift); once("table[data-rows]", listKeep); once("[data-rec-nav]", listWalk);
    found("[data-inline]").forEach((form) => { const field = one("input:not([type=hidden]),select,textarea", form); if (field) { field.focus(); if (field.select) field.select(); } });
    found("textarea").forEach((field) => field.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); field.form.requestSubmit(); } }));
  }
  document.addEventListener("htmx:load", (event) => begin(event.detail.elt));
  document.addEventListener("htmx:afterRequest", (event) => { const form = event.detail.elt; if (event.detail.successful && form.matches && form.matches("[data-compose]")) { form.reset(); const filter = document.getElementById("tl-filter"); if (filter) filter.reset(); } });
  document.addEventListener("toggle", (event) => { if (event.target.matches && event.target.matches("details.group")) event.target.dataset.touched = "1"; }, true);
})();
