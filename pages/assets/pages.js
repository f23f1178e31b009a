// Refines pages that work without it: search while typing, choosers that need no button, keys, and looking again while
// something is imported.
"use strict";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// settle does what every fresh piece of a page needs.
function settle() {
  for (const box of all(".scroll")) {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", "Table, scrollable");
    }
  }
  for (const text of all("[data-copy]")) {
    if (!text.nextElementSibling?.matches("button.copy")) text.after(copier(text));
  }
}

// copier makes a button that copies a text. Inside another site the clipboard may be closed to us, but not to what is selected.
function copier(text) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "pick copy", textContent: "Copy" });
  button.addEventListener("click", async () => {
    getSelection().selectAllChildren(text);
    try {
      await navigator.clipboard.writeText(text.textContent);
    } catch {
      document.execCommand("copy");
    }
    button.textContent = "Copied";
  });
  return button;
}

// test asks what would be said of a form, and says it beside the form: what was typed stays, secrets too.
async function test(button) {
  const form = button.form, out = document.querySelector("#tested");
  const note = (text, kind) => Object.assign(document.createElement("div"), { className: "note " + kind, textContent: text });
  out.replaceChildren(note("Looking at the repository…", ""));
  button.disabled = true;
  try {
    const body = new URLSearchParams([...new FormData(form), [button.name, button.value]]);
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body, credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const said = all(".note.bad[role=alert], #tested > .note", page).map((one) => document.adoptNode(one));
    const wrong = all(".wrong:not(.again)", page).map((one) => note(one.textContent, "bad"));
    const failed = all("main .empty p", page).map((one) => note(one.textContent, "bad"));
    out.replaceChildren(...(said.length + wrong.length ? [...said, ...wrong] : failed));
  } catch {
    out.replaceChildren(note("The server did not answer. Try again in a moment.", "bad"));
  }
  button.disabled = false;
}

// swap puts the pieces of a fetched page in the place of ours.
async function swap(address, pieces, signal) {
  const answer = await fetch(address, { signal, headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (!answer.ok) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const piece of pieces) {
    const fresh = page.querySelector(piece), old = document.querySelector(piece);
    if (fresh && old && fresh.innerHTML !== old.innerHTML) old.replaceChildren(...document.adoptNode(fresh).childNodes);
  }
  settle();
  return page;
}

function liveSearch(form) {
  const input = form.querySelector("[data-search]");
  let timer = 0, running = null;
  const go = async () => {
    const address = new URL(form.action);
    address.search = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
    running?.abort();
    running = new AbortController();
    try {
      const page = await swap(address, ["#tree", "#main"], running.signal);
      if (page) history.replaceState(null, "", address);
    } catch (cause) {
      if (cause.name !== "AbortError") form.submit();
    }
  };
  for (const typed of [input, ...all("[data-narrow]", form)]) {
    typed.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(go, typed === input ? 150 : 400);
    });
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    go();
  });
}

// busy tells whether a fresh page would take something from the reader's hands.
function busy() {
  const at = document.activeElement;
  return document.hidden || (at && at.matches("input, select, textarea, summary, button")) || !getSelection().isCollapsed || document.querySelector("details.sure[open]");
}

function lookAgain() {
  const seconds = Number(document.body.dataset.refresh);
  if (!seconds) return;
  const next = () => setTimeout(async () => {
    if (busy()) return next();
    try {
      const page = await swap(location.href, ["#content"]);
      if (page && !page.body.dataset.refresh) return;
    } catch {
      // the next look may succeed
    }
    next();
  }, seconds * 1000);
  next();
}

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const search = document.querySelector("[data-search]") || document.querySelector("input[name=key]");
  const typing = event.target.matches("input, select, textarea");
  if (event.key === "/" && !typing && search) {
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === "Escape") {
    for (const open of all("details.other[open]")) open.open = false;
    if (event.target === search) search.blur();
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.closest(".tree")) {
    const stops = [search, ...all(".tree li a")];
    const to = stops[stops.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)];
    if (to) {
      event.preventDefault();
      to.focus();
    }
  }
}

// reveal opens the scenario that the address names.
function reveal() {
  const named = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (named instanceof HTMLDetailsElement) named.open = true;
}

// current brings the feature that is shown into sight in its tree.
function current() {
  const box = document.querySelector(".stick"), at = box?.querySelector("[aria-current]");
  if (at) box.scrollTop += at.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 2;
}

// renew trades what the site around us signs for a new token before ours expires, and puts it into every address.
async function renew() {
  const signed = await AP.context.getToken();
  const answer = await fetch(document.body.dataset.renew, { method: "POST", headers: { Authorization: "JWT " + signed }, credentials: "omit" });
  if (!answer.ok) return;
  const { token } = await answer.json();
  const put = (address) => {
    const url = new URL(address, location);
    if (url.origin !== location.origin || !url.searchParams.has("ctx")) return address;
    url.searchParams.set("ctx", token);
    return url.href;
  };
  for (const link of all("a[href]")) link.href = put(link.href);
  for (const field of all("input[type=hidden][name=ctx]")) field.value = token;
  history.replaceState(null, "", put(location.href));
}

// inside joins the site around us: its theme, its height, its signatures.
function inside() {
  if (typeof AP === "undefined") return;
  AP.theming?.initializeTheming();
  if (document.body.dataset.renew) setInterval(renew, 5 * 60 * 1000);
}

let closed = [];
addEventListener("beforeprint", () => {
  closed = all("details.sc:not([open])");
  for (const one of closed) one.open = true;
});
addEventListener("afterprint", () => {
  for (const one of closed) one.open = false;
});
addEventListener("keydown", keys);
addEventListener("hashchange", reveal);
addEventListener("resize", settle);
document.addEventListener("toggle", settle, true);
document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-go]")) event.target.form.requestSubmit();
});
document.addEventListener("click", (event) => {
  if (!event.target.matches("button[data-test]")) return;
  event.preventDefault();
  test(event.target);
});
document.addEventListener("submit", (event) => {
  // Not at once: what is disabled is not sent.
  if (event.target.matches("form[data-busy]")) setTimeout(() => all("button", event.target).forEach((one) => (one.disabled = true)));
});
addEventListener("pageshow", () => all("form[data-busy] button").forEach((one) => (one.disabled = false)));
document.querySelector("[aria-invalid]")?.focus();
all("form[data-live]").forEach(liveSearch);
reveal();
current();
settle();
inside();
lookAgain();
