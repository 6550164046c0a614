// The customer pane and the page of a contact: forms in place, dialogs that may stand in the pane when it is a drawer, and earlier
// conversations that open in the pane.

import { describe, refresh } from "./fragments.js";
import { setTitle } from "./notify.js";

const PANES = ["customer", "contact"];

// Earlier conversations that are open in the pane stay open, and the pane stays where it was scrolled to. So does a note that is
// being edited or deleted, while it isn't this person's own act that brings the new content.
function replace(part, html, { stays = "details[open][id]" } = {}) {
  const top = part.scrollTop;
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  part.querySelectorAll(stays).forEach((opened) => {
    fresh.content.getElementById(opened.id)?.replaceWith(opened);
  });
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  part.replaceChildren(fresh.content);
  window.htmx?.process(part);
  part.scrollTop = top;
  if (focused) { document.getElementById(focused)?.focus({ preventScroll: true }); }
}

// After an act of one's own: where it went wrong, else where one goes on.
function focusFirst(pane) {
  const wrong = pane.querySelector("[aria-invalid=true]");
  const next = wrong ?? pane.querySelector("[data-focus]") ?? pane.querySelector("[data-editing] .field:not(.for-person) .input") ?? pane.querySelector("#edit-contact, #new-contact");
  next?.focus({ preventScroll: next.matches("a, button") });
}

// The thread is called by its customer's name, in the window's title and by screen readers.
function rename(head) {
  const thread = document.getElementById("thread");
  const name = head.querySelector("h2")?.textContent;
  if (!thread || !name || thread.getAttribute("aria-label") === name) { return; }
  setTitle(`${name} · Trunkline`);
  thread.setAttribute("aria-label", name);
}

// --- The dialog that finds a contact ---

function options(dialog) {
  return [...dialog.querySelectorAll("[role=option]")];
}

function choose(dialog, option) {
  const input = dialog.querySelector("[role=combobox]");
  options(dialog).forEach((each) => each.setAttribute("aria-selected", String(each === option)));
  if (option) { input.setAttribute("aria-activedescendant", option.id); } else { input.removeAttribute("aria-activedescendant"); }
  option?.scrollIntoView({ block: "nearest" });
  dialog.querySelector("input[name=contact]").value = option?.dataset.contact ?? "";
  dialog.querySelector("[data-link]").disabled = !option;
}

function step(dialog, by) {
  const all = options(dialog);
  const now = all.findIndex((each) => each.getAttribute("aria-selected") === "true");
  if (all.length) { choose(dialog, all[now < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(now + by, 0), all.length - 1)]); }
}

function openDialog(opener) {
  const dialog = document.getElementById(opener.dataset.modal);
  // `data-dialog` would close the drawer, and the dialog with it.
  dialog?.showModal();
  const input = dialog?.querySelector("[role=combobox]");
  if (input) {
    input.select();
    window.htmx.trigger(input, "look");
  }
}

function takeFound(list) {
  const dialog = list.closest("dialog");
  const typed = dialog.querySelector("[role=combobox]").value.trim();
  const chosen = options(dialog).find((each) => each.dataset.contact === dialog.querySelector("input[name=contact]").value);
  // What was typed is meant; what is only suggested is for the person to choose.
  choose(dialog, chosen ?? (typed ? options(dialog)[0] : undefined));
}

// --- What happens on the page ---

function clicked(event) {
  const opener = event.target.closest("[data-modal]");
  if (opener) { openDialog(opener); }
  const option = event.target.closest("dialog [role=option]");
  if (option) { choose(option.closest("dialog"), option); }
}

function pressed(event) {
  if (event.isComposing || event.keyCode === 229) { return; }
  const finder = event.target.closest?.("dialog.finder");
  if (finder && event.target.matches("[role=combobox]") && ["ArrowDown", "ArrowUp"].includes(event.key)) {
    event.preventDefault();
    step(finder, event.key === "ArrowDown" ? 1 : -1);
  }
  if (finder && event.key === "Enter" && event.target.matches("[role=combobox]")) {
    event.preventDefault();
    if (finder.querySelector("input[name=contact]").value) { finder.querySelector("form").requestSubmit(); }
  }
  const form = event.target.closest?.("[data-editing]");
  if (form && event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    form.querySelector("[data-cancel]")?.click();
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches?.("[data-submits]")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
}

function toggled(event) {
  const opened = event.target;
  const thread = opened.matches?.("[data-stays]") ? opened.querySelector("[data-thread]") : null;
  if (thread && opened.open && !thread.dataset.refresh) {
    thread.dataset.refresh = thread.dataset.thread;
    thread.dataset.topics = "";
    refresh(thread);
  }
  if (opened.open && opened.matches?.(".in-place")) { opened.querySelector("textarea, input:not([type=hidden])")?.focus(); }
}

export function start() {
  PANES.forEach((pane) => describe(pane, { replace }));
  describe("thread-head", { changed: rename });
  document.addEventListener("click", clicked);
  document.addEventListener("keydown", pressed, true);
  document.addEventListener("toggle", toggled, true);
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, xhr, serverResponse } = event.detail;
    if (!PANES.includes(target.id) || xhr.status >= 300) { return; }
    event.detail.shouldSwap = false;
    replace(target, serverResponse, { stays: "details[open][data-stays]" });
    focusFirst(target);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const list = event.detail.target.closest?.("#found") ?? document.querySelector("dialog.finder[open] #found");
    if (list) { takeFound(list); }
  });
}
