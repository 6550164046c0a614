// New work makes itself heard and seen, as far as the person wants: a sound, a desktop notification, the title.

import { post } from "./fragments.js";
import { isLeading } from "./live.js";
import { announce, say } from "./words.js";

// What the person switched on and off: the server keeps it, this browser's other tabs read it here.
const KEPT = `choices:${document.body.dataset.person}`;
const UNSENT = `${KEPT}:unsent`;
const memory = new Map();
let context = null;
let baseTitle = document.title;

function load(key) {
  try { return JSON.parse(localStorage.getItem(key) ?? memory.get(key) ?? "{}"); } catch { return JSON.parse(memory.get(key) ?? "{}"); }
}

function keep(key, values) {
  memory.set(key, JSON.stringify(values));
  try { localStorage.setItem(key, JSON.stringify(values)); } catch { /* It holds for this page. */ }
}

export function wants(choice) {
  const on = Boolean(load(KEPT)[choice]);
  return choice === "desktop" ? on && "Notification" in window && Notification.permission === "granted" : on;
}

// What the page was served with, and on top of it what the server hasn't heard yet.
function begin() {
  const buttons = [...document.querySelectorAll("[data-toggles]")];
  if (!buttons.length) { return; }
  const served = Object.fromEntries(buttons.map((button) => [button.dataset.toggles, button.getAttribute("aria-pressed") === "true"]));
  keep(KEPT, { ...served, ...load(UNSENT) });
  tellServer();
}

async function tellServer() {
  const unsent = load(UNSENT);
  if (!Object.keys(unsent).length) { return; }
  try {
    const answer = await post("/preferences/", Object.fromEntries(Object.entries(unsent).map(([name, on]) => [name, on ? "1" : "0"])));
    if (answer.ok && JSON.stringify(load(UNSENT)) === JSON.stringify(unsent)) { keep(UNSENT, {}); }
  } catch {
    // No connection: the next page tells it.
  }
}

export function showChoices() {
  document.querySelectorAll("[data-when-enter]").forEach((hint) => { hint.hidden = (hint.dataset.whenEnter === "1") !== wants("enter"); });
  document.querySelectorAll("[data-toggles]").forEach((button) => {
    const on = wants(button.dataset.toggles);
    button.setAttribute("aria-pressed", String(on));
    button.querySelector(".check").textContent = on ? "✓" : "";
  });
}

export function start() {
  begin();
  showChoices();
  window.addEventListener("storage", (event) => {
    if (event.key === KEPT) { showChoices(); }
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-toggles]");
    if (!button) { return; }
    const choice = button.dataset.toggles;
    let on = !wants(choice);
    if (choice === "desktop" && on) {
      on = "Notification" in window && (await Notification.requestPermission()) === "granted";
      if (!on) { announce(say("blocked")); }
    }
    keep(KEPT, { ...load(KEPT), [choice]: on });
    keep(UNSENT, { ...load(UNSENT), [choice]: on });
    showChoices();
    tellServer();
    if (choice === "sound" && on) { ring(); }
  });
}

// Two soft notes, made here: no file to load, nothing to license.
export function ring() {
  // Before the first click or key on a page, browsers let it make no sound; the toast is there all the same.
  if (navigator.userActivation && !navigator.userActivation.hasBeenActive) { return; }
  try {
    context ??= new AudioContext();
    [[660, 0], [880, 0.16]].forEach(([pitch, delay]) => {
      const note = context.createOscillator();
      const volume = context.createGain();
      const from = context.currentTime + delay;
      note.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, from);
      volume.gain.exponentialRampToValueAtTime(0.12, from + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, from + 0.4);
      note.connect(volume).connect(context.destination);
      note.start(from);
      note.stop(from + 0.45);
    });
  } catch {
    // No sound device.
  }
}

// Said in every tab, heard and shown once per browser. Returns what stands on the desktop, if anything does.
export function tell(title, words, open) {
  announce([title, words].filter(Boolean).join(": "));
  if (!isLeading()) { return null; }
  if (wants("sound")) { ring(); }
  if (wants("desktop") && document.hidden) {
    const shown = new Notification(title, { body: words, tag: title });
    shown.addEventListener("click", () => { window.focus(); open?.(); shown.close(); });
    return shown;
  }
  return null;
}

export function setTitle(title) {
  baseTitle = title;
  showCount();
}

export function showCount() {
  const unread = Number(document.querySelector("[data-unread-total]")?.dataset.unreadTotal ?? 0);
  const count = unread + document.querySelectorAll("[data-offer]").length;
  document.title = count ? `(${count}) ${baseTitle}` : baseTitle;
}
