"use strict";
// Pages outside the shell: a button pressed once is not pressed twice; secrets can be copied.
document.addEventListener("submit", (event) => {
  const button = event.submitter || event.target.querySelector("[type=submit]");
  if (button && event.target.method === "post") setTimeout(() => { button.disabled = true; }, 0);
});
window.addEventListener("pageshow", () => document.querySelectorAll("button[disabled]").forEach((b) => { b.disabled = false; }));
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  navigator.clipboard?.writeText(field.value);
  button.classList.add("is-done");
});
