// New work makes itself heard and seen, as far as the person wants: a sound, a desktop notification, the title.

import { isLeading } from "./live.js";
import { announce, say } from "./words.js";

const CHOICES = { sound: true, desktop: false, enter: true };
let context = null;
let baseTitle = document.title;

export function wants(choice) {
  const stored = localStorage.getItem(`notify:${choice}`);
  return stored === null ? CHOICES[choice] : stored === "1";
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
  showChoices();
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-toggles]");
    if (!button) { return; }
    const choice = button.dataset.toggles;
    let on = !wants(choice);
    if (choice === "desktop" && on) {
      on = "Notification" in window && (await Notification.requestPermission()) === "granted";
      if (!on) { announce(say("blocked")); }
    }
    localStorage.setItem(`notify:${choice}`, on ? "1" : "0");
    showChoices();
    if (choice === "sound" && on) { ring(); }
  });
}

// Two soft notes, made here: no file to load, nothing to license.
export function ring() {
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
    // No sound device, or the page was never touched: the toast is there all the same.
  }
}

// Said in every tab, heard and shown once per browser.
export function tell(title, words, open) {
  announce([title, words].filter(Boolean).join(": "));
  if (!isLeading()) { return; }
  if (wants("sound")) { ring(); }
  if (wants("desktop") && document.hidden && "Notification" in window && Notification.permission === "granted") {
    const shown = new Notification(title, { body: words, tag: title });
    shown.addEventListener("click", () => { window.focus(); open?.(); shown.close(); });
  }
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
