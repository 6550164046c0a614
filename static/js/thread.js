// The open conversation: its bubbles stay where one reads, and what was seen is read.

import { describe, post, put, refetch, refresh } from "./fragments.js";
import { announce, say } from "./words.js";

const NEAR_THE_END = 80;

function box() {
  return document.getElementById("messages");
}

export function isAtEnd() {
  const messages = box();
  return messages !== null && messages.scrollHeight - messages.scrollTop - messages.clientHeight < NEAR_THE_END;
}

export function toEnd() {
  const messages = box();
  if (messages) { messages.scrollTop = messages.scrollHeight; }
}

// Whoever reads the newest goes on seeing it when pictures arrive above or the composer grows; whoever has scrolled back is left in peace.
let following = true;
let observer = null;

export function followEnd() {
  following = true;
  observer?.disconnect();
  const messages = box();
  if (!messages) { return; }
  observer = new ResizeObserver(() => { if (following) { toEnd(); } });
  [messages, ...messages.children].forEach((part) => observer.observe(part));
  toEnd();
}

function mark() {
  return document.querySelector("#lines > [data-last]");
}

// Reading is: it is mine, it is on the screen, and somebody sits in front of it.
export function read() {
  const thread = document.getElementById("thread");
  const last = mark();
  if (!thread || !last?.dataset.unread || document.hidden || !document.hasFocus() || !isAtEnd()) { return; }
  delete last.dataset.unread;
  post(thread.dataset.read, { up_to: last.dataset.last }).catch(() => {});
}

export function start() {
  describe("lines", {
    replace: (part, html) => {
      const before = Number(mark()?.dataset.last ?? 0);
      const stay = isAtEnd();
      part.innerHTML = html;
      window.htmx?.process(part);
      if (stay) { toEnd(); }
      const last = mark();
      if (before && Number(last?.dataset.last) > before && last.dataset.unread) {
        announce(`${say("newMessage")} ${document.getElementById("thread")?.getAttribute("aria-label") ?? ""}`);
      }
    },
    changed: () => {
      document.dispatchEvent(new CustomEvent("trunkline:lines"));
      read();
    },
  });
  document.addEventListener("click", async (event) => {
    const older = event.target.closest("[data-older]");
    if (!older) { return; }
    const lines = older.closest("[data-refresh]");
    const url = new URL(lines.dataset.refresh, location.href);
    url.searchParams.set("before", older.dataset.older);
    older.disabled = true;
    const fromEnd = box().scrollHeight - box().scrollTop;
    const response = await fetch(url, { headers: { "X-Fragment": "1" } }).catch(() => null);
    if (!response?.ok) {
      older.disabled = false;
      return;
    }
    put(lines, await response.text());
    box().scrollTop = box().scrollHeight - fromEnd;
    // What came meanwhile isn't among them.
    refresh(lines);
  });
  // What is put above keeps the place of what is below.
  let fromEnd = 0;
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id?.startsWith("earlier-than-")) { fromEnd = box().scrollHeight - box().scrollTop; }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (fromEnd && box()?.contains(event.detail.target)) {
      box().scrollTop = box().scrollHeight - fromEnd;
      fromEnd = 0;
    }
  });
  document.addEventListener("visibilitychange", read);
  window.addEventListener("focus", read);
  document.addEventListener("scroll", (event) => {
    if (event.target !== box()) { return; }
    following = isAtEnd();
    read();
  }, true);
}

export function refreshLines() {
  const lines = document.getElementById("lines");
  if (lines) { refetch(lines); }
}
