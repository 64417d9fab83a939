// What visitors of a website do, told to Kith. Nothing is said of anybody before the website says who it is, and Kith
// keeps it only of those whose consent it has on record. It sets no cookie; who it is goes with the tab.
(function () {
  "use strict";

  const me = document.currentScript;
  const address = new URL("events/", me.src).href;
  const waiting = window.kith || [];
  const NAME = "kith-who";
  const SEEN = "kith-seen";

  function kept(name) {
    try {
      return JSON.parse(sessionStorage.getItem(name));
    } catch {
      return null;
    }
  }

  function keep(name, value) {
    try {
      if (value === null) sessionStorage.removeItem(name);
      else sessionStorage.setItem(name, JSON.stringify(value));
    } catch {
      return; // a browser that keeps nothing: it is said again on the next page
    }
  }

  let who = kept(NAME);

  function word() {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    return Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
  }

  function tell(kind, subject, value) {
    if (!who) return;
    const event = { kind, subject: String(subject || "").slice(0, 200), value: value ?? null, key: word() };
    const body = JSON.stringify({ key: me.dataset.key, who, events: [event] });
    fetch(address, {
      method: "POST",
      body,
      credentials: "omit",
      keepalive: true,
      headers: { "Content-Type": "text/plain" },
    }).catch(() => {}); // a website works the same when nobody listens
  }

  const may = {
    identify(given) {
      const same = JSON.stringify(given) === JSON.stringify(who);
      who = given;
      keep(NAME, given);
      if (same && kept(SEEN)) return;
      keep(SEEN, true);
      tell("visit", location.hostname);
      tell("view", location.pathname);
    },
    track: tell,
    forget() {
      who = null;
      keep(NAME, null);
      keep(SEEN, null);
    },
  };

  function run(call) {
    const [name, ...rest] = call;
    if (Object.hasOwn(may, name)) may[name](...rest);
  }

  if (who) tell("view", location.pathname);
  window.kith = { push: run };
  waiting.forEach(run);
})();
