// The host's side of the bridge: it answers what the app's pages in frames ask for, and opens frames with fresh addresses.
"use strict";

const person = document.body.dataset.user;
const theme = document.body.dataset.themeName;

async function ask(what, frame) {
  const about = new URLSearchParams({ module: frame.dataset.module, issue: frame.dataset.issue, project: frame.dataset.project, user: person });
  const answer = await fetch("/_bridge/" + what + "?" + about);
  if (!answer.ok) throw new Error("the host answered " + answer.status);
  return answer.json();
}

function here(path) {
  return path + "?" + new URLSearchParams({ user: person, theme });
}

const calls = {
  async getToken(frame) { return (await ask("token", frame)).token; },
  async getContext(frame) {
    const jira = {};
    if (frame.dataset.issue) jira.issue = { id: frame.dataset.issue };
    if (frame.dataset.project) jira.project = { id: frame.dataset.project };
    return { jira };
  },
  getCurrentUser() { return person === "anonymous" ? {} : { atlassianAccountId: person }; },
  getLocale() { return "en_US"; },
  resize(frame, width, height) {
    frame.style.width = typeof width === "number" ? width + "px" : String(width || "100%");
    if (height) frame.style.height = typeof height === "number" ? height + "px" : String(height);
  },
  sizeToParent(frame) { frame.style.height = "calc(100vh - 140px)"; },
  getTheme() { return { colorMode: theme, theme: document.documentElement.dataset.theme }; },
  emit(frame, name, data) {
    for (const other of document.querySelectorAll("iframe[data-module]")) {
      if (other !== frame) tell(other, { event: name, data });
    }
  },
  navigate(frame, target, context) {
    if (target === "issue" && context && /^[A-Z][A-Z0-9_]*-\d+$/.test(context.issueKey)) location.assign(here("/browse/" + context.issueKey));
  },
  refreshIssuePage() { location.reload(); },
};

function tell(frame, message) {
  if (frame.src) frame.contentWindow.postMessage({ ap: 1, ...message }, new URL(frame.src).origin);
}

addEventListener("message", async (event) => {
  const frame = [...document.querySelectorAll("iframe[data-module]")].find((f) => f.contentWindow === event.source);
  if (!frame || !frame.src || event.origin !== new URL(frame.src).origin || !event.data || event.data.ap !== 1) return;
  const call = calls[event.data.call];
  try {
    if (!call || !Object.hasOwn(calls, event.data.call)) throw new Error("the stub of the bridge has no " + event.data.call);
    tell(frame, { id: event.data.id, result: await call(frame, ...(event.data.args || [])) });
  } catch (error) {
    tell(frame, { id: event.data.id, error: String(error.message || error) });
  }
});

async function open(frame) {
  if (!frame.getAttribute("src")) frame.src = (await ask("frame", frame)).url;
}

for (const button of document.querySelectorAll("[data-open]")) {
  button.addEventListener("click", async () => {
    const panel = document.getElementById("panel-" + button.dataset.open);
    panel.hidden = false;
    button.hidden = true;
    await open(panel.querySelector("iframe"));
  });
}
for (const context of document.querySelectorAll("[data-open-context]")) {
  context.addEventListener("toggle", () => { if (context.open) open(context.querySelector("iframe")); });
}
