"use strict";
// Runs before the style sheets, so that a dark page never flashes white.
(function () {
  var theme = null;
  try { theme = localStorage.getItem("kith-theme"); } catch (blocked) { theme = null; }
  if (theme !== "dark" && theme !== "light") theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  document.documentElement.setAttribute("data-bs-theme", theme);
})();
