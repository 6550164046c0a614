// Parts of a page that can be fetched again: `data-refresh` says from where, `data-topics` after which hints.

const AGAIN_EVERY = 30_000;
const BUSY_LISTS_EVERY = 2_000;
const states = new WeakMap();
const parameters = new Map();
const afterwards = new Map();
const replacers = new Map();

// What a part sends along, what happens after it changed, and how it takes its new content if not as a whole.
export function describe(id, { query, changed, replace } = {}) {
  if (query) { parameters.set(id, query); }
  if (changed) { afterwards.set(id, changed); }
  if (replace) { replacers.set(id, replace); }
}

export function csrfToken() {
  return document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
}

export function post(url, fields = {}) {
  const body = new FormData();
  Object.entries(fields).forEach(([name, value]) => [value].flat().forEach((each) => body.append(name, each)));
  return fetch(url, { method: "POST", body, headers: { "X-Fragment": "1", "X-CSRFToken": csrfToken() } });
}

export function partsFor(kind) {
  return [...document.querySelectorAll("[data-refresh]")].filter((part) => part.dataset.topics.split(" ").includes(kind));
}

function stateOf(part) {
  if (!states.has(part)) { states.set(part, { running: false, again: false, last: 0, html: null, version: 0 }); }
  return states.get(part);
}

// What is on its way to this part was asked for before something happened here: it isn't shown, but asked for again.
function outdate(part) {
  const state = stateOf(part);
  state.version += 1;
  state.html = null;
}

// After an act of one's own.
export function refetch(part) {
  outdate(part);
  refresh(part);
}

// A part is fetched by one request at a time; a wish that comes meanwhile is granted afterwards. Lists are fetched every 2 s at most.
export function refresh(part) {
  const state = stateOf(part);
  if (state.running) {
    state.again = true;
    return;
  }
  const pause = part.dataset.topics.includes("queue") || part.dataset.topics.includes("floor") ? BUSY_LISTS_EVERY : 0;
  const wait = Math.max(0, state.last + pause - Date.now());
  state.running = true;
  setTimeout(() => run(part, state), wait);
}

async function run(part, state) {
  try {
    if (part.isConnected && isBeingUsed(part)) {
      later(part, state);
    } else if (part.isConnected) {
      state.last = Date.now();
      await fetchInto(part, state);
    }
  } catch {
    // Out of reach: the banner says so, and everything is fetched again when the line is back.
  }
  state.running = false;
  if (state.again) {
    state.again = false;
    refresh(part);
  }
}

// One look a second, however many hints come meanwhile.
function later(part, state) {
  clearTimeout(state.timer);
  state.timer = setTimeout(() => refresh(part), 1_000);
}

// Forms get another token with every answer, though nothing of what is shown has changed.
function shownIn(html) {
  return html.replace(/(name="(?:csrfmiddlewaretoken|client_id)" value=")[^"]*/g, "$1");
}

async function fetchInto(part, state) {
  const url = new URL(part.dataset.refresh, location.href);
  const query = parameters.get(part.id)?.(part) ?? {};
  Object.entries(query).forEach(([name, value]) => { if (value) { url.searchParams.set(name, value); } });
  // Bubbles: everything from the oldest one that is shown.
  const from = part.querySelector(":scope > [data-from]")?.dataset.from;
  if (from) { url.searchParams.set("since", from); }
  const asked = part.dataset.refresh;
  const { version } = state;
  const response = await fetch(url, { headers: { "X-Fragment": "1" } });
  // Signed out, or the conversation belongs to others now: the page itself says which.
  if (response.status === 401 || (response.status === 404 && part.dataset.topics.split(" ").includes("conversation"))) {
    location.reload();
    return;
  }
  if (!response.ok || part.dataset.refresh !== asked) {
    return;
  }
  const html = await response.text();
  if (!part.isConnected) { return; }
  if (state.version !== version) {
    state.again = true;
    return;
  }
  if (shownIn(html) === state.html) {
    return;
  }
  if (isBeingUsed(part)) {
    later(part, state);
    return;
  }
  put(part, html);
  state.html = shownIn(html);
}

// A form that is being filled (`data-editing`) keeps its part as it is until it is sent or left; so does anything typed in a part
// that asks for it (`data-keeps-typing`).
function isBeingUsed(part) {
  if (part.querySelector("[data-editing]") || ("keepsTyping" in part.dataset && isTypedIn(part))) { return true; }
  return part.querySelector("dialog[open], :popover-open") !== null || part.matches(":active") || part.querySelector("button:active, a:active") !== null;
}

function isTypedIn(part) {
  return [...part.querySelectorAll("input:not([type=hidden]), textarea")].some((input) => input.value !== input.defaultValue || input === document.activeElement);
}

export function put(part, html) {
  outdate(part);
  const replace = replacers.get(part.id);
  if (replace) {
    replace(part, html);
  } else {
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    part.innerHTML = html;
    window.htmx?.process(part);
    if (focused) {
      document.getElementById(focused)?.focus({ preventScroll: true });
    }
  }
  afterwards.get(part.id)?.(part);
}

export function refreshAll() {
  document.querySelectorAll("[data-refresh]").forEach(refresh);
}

// What htmx puts into a part, or anywhere in it, is newer than what was asked for before.
document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.detail.target.closest?.("[data-refresh]");
  if (part) { outdate(part); }
});

setInterval(refreshAll, AGAIN_EVERY);
