"use strict";
// The sign-up form: offers an address while the company's name is typed, and says at once whether a chosen one is free.
(() => {
  const form = document.getElementById("sign-up");
  const name = form.elements.name, slug = form.elements.slug, note = document.getElementById("slug-note");
  form.elements.time_zone.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  let isOwn = slug.value !== "", timer = 0, asked = 0;

  const say = (text, isBad) => {
    note.textContent = text;
    note.className = isBad ? "field-error" : "field-help";
    slug.classList.toggle("is-invalid", isBad);
  };
  const ask = (query, then) => {
    clearTimeout(timer);
    const mine = ++asked;
    timer = setTimeout(async () => {
      const response = await fetch(`${form.dataset.address}?${new URLSearchParams(query)}`).catch(() => null);
      if (response && response.ok && mine === asked) then(await response.json());
    }, 250);
  };

  name.addEventListener("input", () => {
    if (isOwn) return;
    if (!name.value.trim()) { asked += 1; clearTimeout(timer); slug.value = ""; say(note.dataset.help, false); return; }
    ask({ name: name.value }, (answer) => { slug.value = answer.slug; say(answer.slug ? note.dataset.free : note.dataset.help, false); });
  });
  slug.addEventListener("input", () => {
    isOwn = slug.value !== "";
    if (!isOwn) { asked += 1; clearTimeout(timer); say(note.dataset.help, false); return; }
    ask({ slug: slug.value }, (answer) => say(answer.is_free ? note.dataset.free : answer.message, !answer.is_free));
  });
})();
