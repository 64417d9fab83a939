"use strict";
// Reports: another noun, links that follow the form, a chart as a picture. Dashboards: widths by keyboard (places: order.js).
(function () {
  const one = (selector, from) => (from || document).querySelector(selector);
  const all = (selector, from) => [...(from || document).querySelectorAll(selector)];
  const _ = window.gettext || ((text) => text);
  const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

  // the builder
  document.addEventListener("change", (event) => {
    const noun = event.target.closest("[data-noun]");
    if (noun) { event.stopPropagation(); location.href = noun.dataset.noun + "?object=" + encodeURIComponent(noun.value) + "&edit=1"; }
  }, true);
  document.body.addEventListener("htmx:afterSettle", (event) => {
    const form = one("#report-form");
    if (form && event.detail.target.matches("[data-builder]") || form && event.detail.elt.matches && event.detail.elt.matches("#report-form [data-builder]")) htmx.trigger(form, "kith:again");
  });
  document.body.addEventListener("htmx:pushedIntoHistory", follow);
  function follow() {
    const query = location.search.replace(/^\?/, "").replace(/(^|&)edit=1/, "");
    all("[data-report-link]").forEach((link) => { link.href = location.pathname + "?" + query + "&" + link.dataset.reportLink; });
    all("[data-report-form]").forEach((form) => { form.action = form.action.split("?")[0] + "?" + query; });
    all("[data-report-get]").forEach((button) => { button.setAttribute("hx-get", button.getAttribute("hx-get").split("?")[0] + "?" + query); htmx.process(button); }); // htmx reads it once
  }

  // a chart as a picture: what the page shows, with its colours written into it
  const TOLD = ["fill", "stroke", "stroke-width", "stroke-linejoin", "stroke-linecap", "opacity", "font-size", "font-family", "font-weight", "text-anchor"];
  function picture(svg) {
    const copy = svg.cloneNode(true), box = svg.viewBox.baseVal, from = [svg, ...all("*", svg)], to = [copy, ...all("*", copy)];
    from.forEach((node, at) => { const style = getComputedStyle(node); TOLD.forEach((name) => to[at].setAttribute(name, style.getPropertyValue(name))); });
    all("title", copy).forEach((title) => title.remove());
    copy.setAttribute("width", box.width * 2); copy.setAttribute("height", box.height * 2);
    return { url: "data:image/svg+xml;charset=utf-8," + encodeURIComponent(new XMLSerializer().serializeToString(copy)), width: box.width * 2, height: box.height * 2 };
  }
  function legend(canvas, pen, figure, top) {
    let x = 24, y = top;
    all(".legend li", figure).forEach((line) => {
      const text = [...line.children].map((part) => part.textContent.trim()).join(" "), wide = pen.measureText(text).width + 50;
      if (x + wide > canvas.width) { x = 24; y += 36; }
      pen.fillStyle = getComputedStyle(one(".swatch", line)).backgroundColor; pen.fillRect(x, y - 16, 18, 18);
      pen.fillStyle = getComputedStyle(figure).color; pen.fillText(text, x + 26, y);
      x += wide;
    });
    return y;
  }
  function save(figure) {
    const svg = all("svg.drawing", figure).find((drawing) => drawing.getBoundingClientRect().width), drawn = picture(svg), image = new Image();
    image.addEventListener("load", () => {
      const canvas = document.createElement("canvas"), pen = canvas.getContext("2d"), edge = 24;
      canvas.width = Math.max(drawn.width + edge * 2, 900); pen.font = "22px sans-serif";
      const low = legend(canvas, pen, figure, drawn.height + 130) + 30;
      canvas.height = low; pen.font = "22px sans-serif";
      pen.fillStyle = getComputedStyle(figure.closest(".card")).backgroundColor; pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.fillStyle = getComputedStyle(figure).color; pen.font = "600 30px sans-serif"; pen.fillText(figure.dataset.chartOf, edge, 50);
      pen.font = "22px sans-serif"; pen.drawImage(image, (canvas.width - drawn.width) / 2, 76); legend(canvas, pen, figure, drawn.height + 130);
      canvas.toBlob((blob) => {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(blob); link.download = figure.dataset.chartOf.replace(/[\\/:*?"<>|]+/g, " ") + ".png"; link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      }, "image/png");
    });
    image.src = drawn.url;
  }
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-png]")) return;
    const figure = one("#report-answer .chart");
    if (figure) save(figure); else document.body.dispatchEvent(new CustomEvent("kith:toast", { detail: { text: _("There is no chart to draw: choose another one than the table."), bad: true } }));
  });

  // days of one's own on a dashboard
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-period]")) one("[data-own-days]").hidden = event.target.value !== "between";
  });

  // widths on a dashboard
  const grid = () => one("#dash-grid[data-arranged]");
  function post(data) {
    return fetch(grid().dataset.do, { method: "POST", body: new URLSearchParams(data), headers: { "HX-Request": "true", "X-CSRFToken": token() } });
  }
  const WIDTHS = [3, 4, 6, 8, 12];
  function widen(tile, by) {
    const at = WIDTHS.findIndex((width) => tile.classList.contains("span-" + width)), to = WIDTHS[at + by];
    if (!to) return;
    tile.classList.replace("span-" + WIDTHS[at], "span-" + to);
    post([["do", by > 0 ? "wider" : "narrower"], ["place", tile.dataset.place]]);
  }
  document.addEventListener("keydown", (event) => {
    const handle = event.target.closest && event.target.closest("[data-handle]");
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!handle || !by || !event.shiftKey || !grid()) return;
    event.preventDefault();
    widen(handle.closest("[data-place]"), by);
  });
  document.body.addEventListener("htmx:afterSettle", (event) => { const body = event.target.closest && event.target.closest(".tile-body"); if (body) body.removeAttribute("aria-busy"); });
})();
