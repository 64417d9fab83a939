"use strict";
// The shell: theme, toasts, palette, dialogs, shortcuts, list check boxes. Nothing is evaluated; htmx fetches fragments.
(function () {
  const _ = window.gettext || ((text) => text);
  const root = document.documentElement, data = document.body.dataset;
  const one = (selector, from) => (from || document).querySelector(selector);
  const all = (selector, from) => [...(from || document).querySelectorAll(selector)];

  // theme
  function themeSet(theme) {
    try { theme === "auto" ? localStorage.removeItem("kith-theme") : localStorage.setItem("kith-theme", theme); } catch (blocked) { /* private mode: for this page only */ }
    const shown = theme === "auto" ? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light") : theme;
    root.setAttribute("data-bs-theme", shown);
    document.dispatchEvent(new CustomEvent("kith:theme"));
  }
  function themeStored() { try { return localStorage.getItem("kith-theme") || "auto"; } catch (blocked) { return "auto"; } }
  all("[data-theme-select]").forEach((select) => { select.value = themeStored(); select.addEventListener("change", () => themeSet(select.value)); });

  // toasts
  function toastShow(text, isBad, undo) {
    const toast = one(isBad ? "#toast-bad" : "#toast-good").content.firstElementChild.cloneNode(true), back = one("form", toast);
    one("[data-text]", toast).textContent = text;
    if (back && undo) {
      back.setAttribute("hx-post", undo.address);
      back.setAttribute("hx-vals", JSON.stringify(undo.values));
      back.addEventListener("htmx:afterRequest", () => toast.remove());
      htmx.process(toast);
    } else if (back) back.remove();
    one("#toasts").append(toast);
    toastFade(toast);
  }
  function toastFade(toast) { setTimeout(() => toast.remove(), one("form", toast) ? 12000 : 6000); }
  all("#toasts .kith-toast").forEach(toastFade);
  document.body.addEventListener("kith:toast", (event) => toastShow(event.detail.text, event.detail.bad, event.detail.undo));
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    // A dialog that was refused comes back with its reasons: shown like any other answer.
    if (event.detail.xhr.status === 422 && event.detail.serverResponse) { event.detail.shouldSwap = true; event.detail.isError = false; }
    // What somebody writes into a proposal is not replaced under their hands: leaving the field asks again.
    const { target, requestConfig } = event.detail, at = document.activeElement;
    const isWritten = target.id === "proposal" && target.contains(at) && at.value !== at.defaultValue && at.matches("input[id^=means-]");
    if (isWritten && requestConfig.triggeringEvent?.target !== at) event.detail.shouldSwap = false;
  });
  document.body.addEventListener("htmx:responseError", (event) => {
    if (!event.detail.xhr.getResponseHeader("HX-Trigger")) toastShow(_("That did not work. Please try again."), true);
  });
  document.body.addEventListener("htmx:sendError", () => toastShow(_("No connection. Please try again."), true));

  // dialog and palette
  const dialog = one("#dialog");
  let modal = null, returnTo = null;
  function dialogShow(kind) {
    modal = modal || new tabler.Modal(dialog);
    dialog.classList.toggle("is-palette", kind === "palette");
    dialog.classList.toggle("is-wide", kind === "wide");
    if (dialog.classList.contains("show")) begin(); else modal.show(); // one after another: from the palette to what an action asks
  }
  function begin() { const field = one("input:not([type=hidden]),select,textarea", dialog); (field || dialog).focus(); mark(0); }
  function dialogFetch(url, kind) {
    if (!dialog.contains(document.activeElement)) returnTo = document.activeElement; // a dialog after the palette leads back to where that began
    htmx.ajax("GET", url, { target: "#dialog-body", swap: "innerHTML" }).then(() => dialogShow(kind));
  }
  document.addEventListener("kith:dialog", (event) => dialogFetch(event.detail, "dialog"));
  if (dialog) {
    dialog.addEventListener("shown.bs.modal", begin);
    dialog.addEventListener("hidden.bs.modal", () => { if (returnTo) returnTo.focus(); });
  }
  const rows = () => all(".pal-r", dialog);
  function mark(at) {
    rows().forEach((row, n) => { row.classList.toggle("on", n === at); row.setAttribute("aria-selected", String(n === at)); });
    if (rows()[at]) rows()[at].scrollIntoView({ block: "nearest" });
  }
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "pal-rows") mark(0);
    if (event.detail.target.id === "dialog-body" && event.detail.requestConfig.elt.hasAttribute("data-dialog")) { returnTo = event.detail.requestConfig.elt; dialogShow(returnTo.hasAttribute("data-wide") ? "wide" : "dialog"); }
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && event.detail.elt.hasAttribute("data-closes") && modal) modal.hide();
  });
  document.addEventListener("mousemove", (event) => { const row = event.target.closest && event.target.closest(".pal-r"); if (row && !row.classList.contains("on")) mark(rows().indexOf(row)); });
  function paletteKey(event) {
    const found = rows(), at = found.findIndex((row) => row.classList.contains("on"));
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (found.length) mark((at + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length);
    } else if (event.key === "Enter" && found[at]) { event.preventDefault(); found[at].click(); }
  }
  function paletteAct(row) { // an action of the record under the palette
    if (row.dataset.act === "dialog") { dialogFetch(row.href, "dialog"); return; }
    const version = one("#record-version [name=version], #record-version");
    if (modal) modal.hide();
    htmx.ajax("POST", row.href, { source: document.body, swap: "none", values: version ? { version: version.value } : {} });
  }
  document.addEventListener("click", (event) => { const row = event.target.closest && event.target.closest(".pal-r[data-act]"); if (row) { event.preventDefault(); paletteAct(row); } }, true);

  // list: check boxes
  function bulkCount() {
    const bar = one("#bulk"); if (!bar) return;
    const checked = all(".js-row:checked").length, isAll = one("[data-bulk-all-field]", bar).value === "1";
    bar.hidden = !checked;
    all("[data-n]", bar).forEach((n) => { n.textContent = isAll ? one("#count").textContent.trim() : checked; });
    const more = one("[data-all-n]", bar); if (more) more.textContent = isAll ? "" : one("#count").textContent.trim();
    all(".js-row").forEach((box) => box.closest("tr").classList.toggle("is-checked", box.checked));
    const head = one("[data-all]"); if (head) { head.checked = checked > 0 && checked === all(".js-row").length; head.indeterminate = checked > 0 && !head.checked; }
    all("[data-bulk-least]", bar).forEach((button) => { button.hidden = isAll || checked < Number(button.dataset.bulkLeast) || checked > Number(button.dataset.bulkMost); });
    const link = one("[data-bulk-all]", bar); if (link) link.hidden = isAll || !(head && head.checked);
  }
  function bulkAll(isAll) { one("[data-bulk-all-field]").value = isAll ? "1" : ""; bulkCount(); }
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) all(".js-row").forEach((box) => { box.checked = event.target.checked; });
    if (event.target.matches("[data-all], .js-row") && one("#bulk")) bulkAll(false);
  });

  // clicks
  const clicks = {
    "[data-theme-toggle]": () => themeSet(root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark"),
    "[data-palette]": () => dialogFetch(data.paletteUrl, "palette"),
    "[data-shortcuts]": () => dialogFetch(data.shortcutsUrl, "dialog"),
    ".kith-toast .close": (button) => button.closest(".kith-toast").remove(),
    "[data-bulk-all]": () => bulkAll(true),
    "[data-bulk-none]": () => { all(".js-row").forEach((box) => { box.checked = false; }); bulkAll(false); },
    "[data-empty-toggle]": (button) => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on)); button.textContent = on ? _("Hide empty") : _("Show empty");
      button.closest(".rec-props").classList.toggle("show-empty", on);
    },
    "[data-take]": (button) => {
      const field = document.getElementById(button.dataset.take);
      if (field.type === "checkbox") field.checked = button.dataset.value === "true"; else field.value = button.dataset.value;
      const hidden = field.closest("[data-choose]") && one("[data-choose-id]", field.closest("[data-choose]"));
      if (hidden) hidden.value = button.dataset.value;
      button.closest(".stale-pair").classList.add("is-taken");
    },
    "[data-copy]": (button) => {
      const field = document.getElementById(button.dataset.copy); field.select();
      if (navigator.clipboard) navigator.clipboard.writeText(field.value);
      toastShow(_("Copied."), false);
    },
  };
  document.addEventListener("click", (event) => {
    for (const [selector, act] of Object.entries(clicks)) {
      const found = event.target.closest && event.target.closest(selector);
      if (found) { act(found); return; }
    }
  });

  // a phone begins with the first of a record's properties
  if (matchMedia("(max-width: 767px)").matches) all(".rec-props .group:not(:first-of-type)").forEach((group) => { group.open = false; });

  // a new record begins with its first field; the queue goes on where somebody was
  const first = one("#record-form[data-new] .form-grid :is(input:not([type=hidden],[type=checkbox]),select,textarea)");
  if (first && !first.matches("[data-choose-text]") && matchMedia("(hover: hover)").matches) first.focus();
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt.id !== "queue") return;
    let at = "";
    try { at = sessionStorage.getItem("kith-queue") || ""; sessionStorage.removeItem("kith-queue"); } catch (blocked) { /* private mode */ }
    const names = all(".queue .work-name");
    if (at && names.length && document.activeElement === document.body) names[Math.min(Number(at), names.length - 1)].focus();
  });

  // keyboard
  let before = "";
  const rowLinks = () => all(".list-table .who, .queue .work-name");
  function rowStep(by) {
    const links = rowLinks(); if (!links.length) return;
    const at = links.indexOf(document.activeElement);
    links[Math.max(0, Math.min(links.length - 1, at + by))].focus();
  }
  const plainKeys = {
    "?": () => dialogFetch(data.shortcutsUrl, "dialog"),
    "/": () => { const field = one("#search"); if (field) { field.focus(); field.select(); } },
    "c": () => { const link = one("[data-create]"); if (link) location.href = link.href; },
    "e": () => { const link = one("[data-edit]"); if (link) location.href = link.href; },
    "w": () => { const field = one(".composer .tab-pane.active :is(textarea, input:not([type=hidden]))"); if (field) field.focus(); },
    "j": () => rowStep(1), "k": () => rowStep(-1),
    "d": () => {
      const line = document.activeElement.closest(".queue li"), act = line && one("[data-main]", line);
      if (!act) return;
      try { sessionStorage.setItem("kith-queue", String([...line.parentElement.children].indexOf(line))); } catch (blocked) { /* private mode */ }
      act.click();
    },
    "h": () => { if (before === "g") location.href = data.homeUrl; },
  };
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches("input, textarea, select, [contenteditable]"), hasMod = event.ctrlKey || event.metaKey;
    if (hasMod && event.key.toLowerCase() === "k") { event.preventDefault(); dialogFetch(data.paletteUrl, "palette"); return; }
    if (hasMod && event.key.toLowerCase() === "s" && one("[data-save]")) { event.preventDefault(); one("[data-save]").click(); return; }
    if (dialog && dialog.classList.contains("show")) { if (dialog.classList.contains("is-palette")) paletteKey(event); return; }
    if (event.key === "Escape" && event.target.closest("[data-inline]")) { one("[data-cancel]", event.target.closest("[data-inline]")).click(); return; }
    if (isTyping || hasMod || event.altKey) return;
    if (plainKeys[event.key]) { event.preventDefault(); plainKeys[event.key](); }
    before = event.key;
  });
  if (/Mac|iPhone|iPad/.test(navigator.platform)) all("[data-mod-k]").forEach((key) => { key.textContent = "⌘ K"; });
  window.addEventListener("pageshow", bulkCount);
})();
