// A stub of the script that Jira gives to the pages of apps: the same calls, answered by the host's page.
"use strict";

(() => {
  const query = new URLSearchParams(location.search);
  const script = document.currentScript;
  let host;
  try { host = new URL(JSON.parse(window.name).hostOrigin).origin; } catch { // the name of the frame outlives a walk to another page
    try { host = new URL(query.get("xdm_e")).origin; } catch { return; } // not inside Jira
  }

  const open = new Map();
  const listeners = new Map();
  let last = 0;

  function call(name, ...args) {
    return new Promise((resolve, reject) => {
      const id = ++last;
      open.set(id, { resolve, reject });
      parent.postMessage({ ap: 1, id, call: name, args }, host);
    });
  }

  // both takes a callback, as AP's calls do, and returns a promise too.
  function both(promise, callback) {
    if (typeof callback === "function") promise.then(callback, () => {});
    return promise;
  }

  addEventListener("message", (event) => {
    if (event.source !== parent || event.origin !== host || !event.data || event.data.ap !== 1) return;
    const { id, result, error, event: name, data } = event.data;
    if (name) {
      for (const f of [...(listeners.get(name) || [])]) f(data);
      return;
    }
    const waiting = open.get(id);
    open.delete(id);
    if (waiting) error ? waiting.reject(new Error(error)) : waiting.resolve(result);
  });

  const events = {
    on(name, f) { listeners.set(name, [...(listeners.get(name) || []), f]); },
    off(name, f) { listeners.set(name, (listeners.get(name) || []).filter((g) => g !== f)); },
    once(name, f) { const g = (data) => { events.off(name, g); f(data); }; events.on(name, g); },
    emit(name, data) { call("emit", name, data); },
  };

  let sizing = 0;
  function fit() {
    clearTimeout(sizing);
    sizing = setTimeout(() => call("resize", "100%", Math.ceil(document.documentElement.getBoundingClientRect().height)), 50);
  }

  window.AP = {
    context: {
      getToken: (callback) => both(call("getToken"), callback),
      getContext: (callback) => both(call("getContext"), callback),
    },
    user: {
      getCurrentUser: (callback) => both(call("getCurrentUser"), callback),
      getLocale: (callback) => both(call("getLocale"), callback),
    },
    resize: (width, height) => { width === undefined && height === undefined ? fit() : call("resize", width, height); },
    sizeToParent: () => call("sizeToParent"),
    theming: {
      initializeTheming: async () => {
        const { colorMode, theme } = await call("getTheme");
        document.documentElement.dataset.colorMode = colorMode;
        document.documentElement.dataset.theme = theme;
      },
    },
    events,
    navigator: { go: (target, context) => call("navigate", target, context), reload: () => call("refreshIssuePage") },
    jira: { refreshIssuePage: () => call("refreshIssuePage") },
  };

  const options = Object.fromEntries(((script && script.dataset.options) || "").split(";").filter(Boolean).map((o) => o.split(":").map((s) => s.trim())));
  if (options.sizeToParent === "true") AP.sizeToParent();
  else if (options.resize !== "false") new ResizeObserver(fit).observe(document.documentElement);
})();
