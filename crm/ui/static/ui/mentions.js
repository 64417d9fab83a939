"use strict";
// Colleagues to choose from while a text is written: an @ and the first letters of a name open a list below the text.
(function () {
  const AT = /(?:^|[\s(（，。,;；：:])[@＠]([^\s@＠]{0,40})$/;
  let list = null, field = null, at = -1, asked = 0, timer = 0;
  const options = () => (list ? [...list.querySelectorAll(".choose-row")] : []);
  const typed = () => (field.selectionStart === field.selectionEnd ? AT.exec(field.value.slice(0, field.selectionStart)) : null);

  function close() {
    asked++; clearTimeout(timer);
    if (list) list.remove();
    if (field) ["aria-controls", "aria-activedescendant", "aria-autocomplete", "aria-haspopup"].forEach((name) => field.removeAttribute(name));
    list = null; at = -1;
  }
  function mark(n) {
    at = n;
    options().forEach((option, k) => { option.classList.toggle("on", k === n); option.setAttribute("aria-selected", String(k === n)); });
    if (n >= 0) { field.setAttribute("aria-activedescendant", options()[n].id); options()[n].scrollIntoView({ block: "nearest" }); }
  }
  function show(html) {
    if (!list) {
      list = document.createElement("div");
      list.className = "choose-list mention-list"; list.id = "mention-list";
      list.setAttribute("role", "listbox"); list.setAttribute("aria-label", gettext("Colleagues"));
      list.addEventListener("mousedown", (event) => { const hit = event.target.closest(".choose-row"); event.preventDefault(); if (hit) take(hit); });
      field.parentElement.classList.add("mention-here"); field.after(list);
      // A text of several lines may not be called a combobox; what it may say of its list it says.
      field.setAttribute("aria-autocomplete", "list"); field.setAttribute("aria-haspopup", "listbox"); field.setAttribute("aria-controls", list.id);
    }
    list.innerHTML = html;
    options().forEach((option, k) => { option.id = "mention-" + k; });
    if (options().length) mark(0); else close();
  }
  function take(hit) {
    const found = typed();
    if (found) {
      const end = field.selectionStart, start = end - found[1].length;
      field.setRangeText(hit.dataset.title + " ", start, end, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    close();
  }
  function ask(words) {
    const mine = ++asked;
    fetch(field.dataset.mentions + "?q=" + encodeURIComponent(words), { headers: { "HX-Request": "true" } })
      .then((answer) => (answer.ok ? answer.text() : ""))
      .then((html) => { if (mine === asked && document.activeElement === field) show(html); });
  }

  document.addEventListener("input", (event) => {
    if (!event.target.matches("textarea[data-mentions]")) return;
    if (field !== event.target) { if (field) close(); field = event.target; }
    const found = typed();
    if (!found) { close(); return; }
    clearTimeout(timer); timer = setTimeout(() => ask(found[1]), 120);
  });
  document.addEventListener("keydown", (event) => {
    if (!list || event.target !== field || event.isComposing) return;
    const count = options().length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") mark((at + (event.key === "ArrowDown" ? 1 : -1) + count) % count);
    else if (event.key === "Enter" || event.key === "Tab") take(options()[Math.max(at, 0)]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault(); event.stopPropagation();
  }, true);
  document.addEventListener("focusout", (event) => { if (event.target === field) close(); });
})();
