// The work list: keys, the row that is open, and where it was scrolled to.

import { describe } from "./fragments.js";
import { showCount } from "./notify.js";

let scrolled = 0;

export function openedId() {
  return document.getElementById("thread")?.dataset.conversation ?? "";
}

export function markOpened() {
  const opened = openedId();
  document.querySelectorAll("[data-row]").forEach((row) => row.setAttribute("aria-current", String(row.dataset.row === opened)));
}

function move(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const here = rows.findIndex((row) => row === document.activeElement);
  const from = here >= 0 ? here : rows.findIndex((row) => row.getAttribute("aria-current") === "true");
  const next = rows[Math.min(Math.max(from + step, 0), rows.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

export function start() {
  describe("worklist", {
    query: (part) => {
      scrolled = part.querySelector("#rows")?.scrollTop ?? 0;
      const head = part.querySelector("[data-tab]");
      return {
        tab: head?.dataset.tab,
        unread: head?.dataset.unread,
        sort: head?.dataset.sort,
        shown: String(part.querySelectorAll("[data-row]").length),
        opened: openedId(),
      };
    },
    changed: (part) => {
      part.querySelector("#rows")?.scrollTo(0, scrolled);
      showCount();
    },
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, dialog, [popover]:popover-open, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) { return; }
    if (event.key === "j" || event.key === "k") {
      event.preventDefault();
      move(event.key === "j" ? 1 : -1);
    }
  });
}
