// Quick replies: a slash at the beginning of a line or after a space opens their menu above the composer. The field keeps the
// focus; a text field can't be a combobox, so it says with aria-activedescendant which option the arrows have reached.

import { announce } from "./words.js";

// What the slash key writes: / and ／, and with Japanese or Chinese input also ・ and 、
const SLASHES = "/／";
const SLASHES_OF_INPUT_METHODS = "/／・、";
const BEHIND_A_SLASH = /(?:^|\s)([/／])([^\s/／]{0,40})$/u;
const ASK_AFTER = 90;
const AFTER_COMPOSITION = 80;

let field = null;
let slash = -1; // where the slash stands
let dismissed = -1; // the slash whose menu was closed with Escape
let imeSlash = -1; // where an input method wrote something else for the slash key
let lastCode = "";
let composing = false;
let compositionEnded = -1_000;
let asked = 0;
let answered = 0;
let entered = false; // Enter came before the answer: the first of what is found is meant
let timer = null;
let query = null;

const menu = () => document.getElementById("slash-menu");
const options = () => [...document.querySelectorAll("#slash-options [role=option]")];
const chosen = () => document.querySelector("#slash-options [aria-selected=true]");

// ・ also begins the lines of Japanese lists: its menu takes no Enter before an arrow key has chosen.
const isSure = () => SLASHES.includes(field.value[slash] ?? "?");

function place(text, caret) {
  const before = text.slice(0, caret);
  const match = BEHIND_A_SLASH.exec(before);
  if (match) { return { at: before.length - match[2].length - 1, words: match[2] }; }
  const words = imeSlash >= 0 && imeSlash < caret ? before.slice(imeSlash + 1) : null;
  const first = imeSlash === 0 || /\s/u.test(before[imeSlash - 1] ?? "");
  if (words !== null && first && SLASHES_OF_INPUT_METHODS.includes(before[imeSlash]) && /^\S{0,40}$/u.test(words)) {
    return { at: imeSlash, words };
  }
  return null;
}

function look() {
  if (composing || !field?.isConnected) { return; }
  const found = field.selectionStart === field.selectionEnd ? place(field.value, field.selectionStart) : null;
  if (!found) {
    dismissed = -1;
    imeSlash = -1;
    close();
    return;
  }
  // With nothing behind it, it is another slash in the same place.
  if (!found.words) { dismissed = -1; }
  if (found.at === dismissed) { return; }
  slash = found.at;
  if (found.words === query && menu()) { return; }
  query = found.words;
  entered = false;
  asked += 1;
  clearTimeout(timer);
  timer = setTimeout(() => ask(found.words, asked), menu() ? ASK_AFTER : 0);
}

async function ask(words, turn) {
  const conversation = document.getElementById("thread")?.dataset.conversation;
  try {
    const answer = await fetch(`/inbox/${conversation}/quick-replies/?q=${encodeURIComponent(words)}`, { headers: { "X-Fragment": "1" } });
    if (turn !== asked || slash < 0) { return; }
    if (!answer.ok) {
      close();
      return;
    }
    show(await answer.text(), turn);
  } catch {
    // Out of reach: without an answer there is no menu, and writing goes on.
    if (turn === asked) { close(); }
  }
}

function show(html, turn) {
  if (turn !== asked || slash < 0 || !field?.isConnected) { return; }
  answered = turn;
  menu()?.remove();
  field.form.insertAdjacentHTML("afterbegin", html);
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-haspopup", "listbox");
  if (options().length) {
    field.setAttribute("aria-controls", "slash-options");
    if (isSure()) { choose(options()[0]); }
  } else if (!isSure()) {
    close();
    return;
  } else {
    field.removeAttribute("aria-controls");
    field.removeAttribute("aria-activedescendant");
  }
  if (entered && chosen()) {
    insert(chosen());
    return;
  }
  entered = false;
  announce(menu().querySelector("[data-found]").textContent);
}

function choose(option) {
  options().forEach((each) => each.setAttribute("aria-selected", String(each === option)));
  field.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = options();
  const at = all.indexOf(chosen());
  choose(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length]);
}

function close() {
  clearTimeout(timer);
  asked += 1;
  entered = false;
  slash = -1;
  query = null;
  menu()?.remove();
  field?.removeAttribute("aria-activedescendant");
  field?.removeAttribute("aria-controls");
}

function insert(option) {
  const { insert: text, clicks } = option.dataset;
  const from = slash;
  const to = field.selectionStart;
  close();
  imeSlash = -1;
  field.focus();
  field.setRangeText(text, from, to, "end");
  dismissed = -1;
  field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertReplacementText" }));
  // What was inserted may itself end like a slash and its words.
  close();
  // A command is the button that does it; what is typed so far stays.
  if (clicks) { document.getElementById(clicks)?.click(); }
}

// The keys that the menu takes from the composer; whatever belongs to an input method stays with it.
function takes(event) {
  if (event.isComposing || event.keyCode === 229 || event.timeStamp - compositionEnded < AFTER_COMPOSITION) { return false; }
  if (event.ctrlKey || event.metaKey || event.altKey || slash < 0) { return false; }
  const waits = asked !== answered && isSure();
  if (event.key === "Escape") {
    dismissed = slash;
    close();
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && options().length) {
    step(event.key === "ArrowDown" ? 1 : -1);
  } else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && (waits || chosen())) {
    // While the answer is on its way, Enter sends no half-typed name to the customer; it takes what is found.
    if (waits) { entered = true; } else { insert(chosen()); }
  } else {
    return false;
  }
  return true;
}

function isField(target) {
  if (target?.id !== "composer-text") { return false; }
  if (target !== field) {
    close();
    field = target;
    dismissed = -1;
    imeSlash = -1;
  }
  return true;
}

export function start() {
  document.addEventListener("keydown", (event) => {
    if (!isField(event.target)) { return; }
    lastCode = event.code;
    if (takes(event)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);
  document.addEventListener("beforeinput", (event) => {
    const typed = isField(event.target) && lastCode === "Slash" ? event.data ?? "" : "";
    if (typed.length === 1 && SLASHES_OF_INPUT_METHODS.includes(typed) && !SLASHES.includes(typed)) { imeSlash = field.selectionStart; }
  });
  document.addEventListener("compositionstart", () => { composing = true; });
  document.addEventListener("compositionend", (event) => {
    composing = false;
    compositionEnded = event.timeStamp;
    if (isField(event.target)) { look(); }
  });
  document.addEventListener("input", (event) => {
    if (isField(event.target) && !event.isComposing) { look(); }
  });
  document.addEventListener("selectionchange", () => {
    if (slash >= 0 && document.activeElement === field) { look(); }
  });
  document.addEventListener("focusout", (event) => {
    if (event.target === field && !menu()?.contains(event.relatedTarget)) { close(); }
  });
  // The field keeps the focus while somebody clicks.
  document.addEventListener("mousedown", (event) => {
    if (menu()?.contains(event.target) && !event.target.closest("a")) { event.preventDefault(); }
  });
  document.addEventListener("click", (event) => {
    const option = event.target.closest?.("#slash-options [role=option]");
    if (option) { insert(option); }
  });
}
