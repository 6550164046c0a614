// Writing an answer. What was typed survives a reload (draft), what was sent survives a lost connection (outbox), and both
// carry an id made once per message, so that a double click, a second Enter or a retry is one message.

import * as attachments from "./attachments.js";
import { describe, post } from "./fragments.js";
import { showChoices, wants } from "./notify.js";
import { refreshLines, toEnd } from "./thread.js";
import { say } from "./words.js";

const TOO_OLD = 10 * 60_000;
const TRY_AGAIN_AFTER = 5_000;
const { person } = document.body.dataset;
const sending = new Set();
const waitingForFiles = new Set();
const quoted = new Map();
const SAVE_DRAFT_AFTER = 1_200;
// As on the server (`withdrawal.py`): fewer letters are words that anybody writes.
const QUOTATION_LENGTH = 8;
const SAY_WRITING_EVERY = 10_000;
const draftTimers = new Map();
const draftsUnderWay = new Map();
let saidWriting = { address: "", at: 0 };
let compositionEnded = -1_000;

function newId() {
  if (crypto.randomUUID) { return crypto.randomUUID(); }
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function load(key, otherwise) {
  try { return JSON.parse(localStorage.getItem(key)) ?? otherwise; } catch { return otherwise; }
}

function store(key, value) {
  try {
    if (value === null || value.length === 0) { localStorage.removeItem(key); } else { localStorage.setItem(key, JSON.stringify(value)); }
  } catch {
    // No storage left: the message still goes out, it only doesn't survive a reload.
  }
}

const draftKey = (conversation) => `draft:${person}:${conversation}`;
const outboxKey = (conversation) => `outbox:${person}:${conversation}`;

function opened() {
  return document.getElementById("thread")?.dataset.conversation ?? "";
}

function field() {
  return document.getElementById("composer-text");
}

function measure() {
  const text = field();
  if (!text) { return; }
  const limit = Number(document.getElementById("composer").dataset.limit);
  const count = document.querySelector("[data-count]");
  count.textContent = text.value.length.toLocaleString("en");
  count.parentElement.classList.toggle("is-over", text.value.length > limit);
  if (!CSS.supports("field-sizing", "content")) {
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
  }
}

function showProblem(words) {
  const problem = document.querySelector(".composer-problem");
  if (problem) {
    problem.textContent = words;
    problem.hidden = !words;
  }
}

// What a draft answers to is kept without its words: what is taken back must leave this browser too.
function kept(quote) {
  return quote ? { id: quote.id } : null;
}

function draftOf(conversation) {
  return load(draftKey(conversation), null);
}

// What is being written, in this browser at once and on the server a moment later, for another device.
function keepDraft(conversation = opened()) {
  const text = conversation === opened() ? field()?.value ?? "" : draftOf(conversation)?.text ?? "";
  const files = attachments.filesOf(conversation);
  const quote = kept(quoted.get(conversation));
  const id = draftOf(conversation)?.id ?? newId();
  store(draftKey(conversation), text || files.length || quote ? { text, files, quote, id, at: Date.now() } : null);
  clearTimeout(draftTimers.get(conversation));
  draftTimers.set(conversation, setTimeout(() => tellDraft(conversation, text), SAVE_DRAFT_AFTER));
}

function tellDraft(conversation, text) {
  draftsUnderWay.set(conversation, post(`/inbox/${conversation}/draft/`, { text }).catch(() => {}));
}

// The customer may see that somebody is writing. A note for colleagues is none of their business.
function sayWriting() {
  const address = document.getElementById("composer")?.dataset.writing;
  if (!address || noteMode() || !field().value.trim()) { return; }
  if (saidWriting.address === address && Date.now() - saidWriting.at < SAY_WRITING_EVERY) { return; }
  saidWriting = { address, at: Date.now() };
  post(address, {}).catch(() => {});
}

// The server's draft is the newer one if it was written on another device since, or if words in it were taken back.
function restoreDraft(text) {
  const draft = draftOf(opened());
  const saved = Number(text.dataset.savedAt ?? 0);
  if (draft && (draft.at ?? 0) + 2_000 >= saved) {
    text.value = draft.text;
    if (draft.quote) { quoted.set(opened(), draft.quote); }
    attachments.restore(opened(), draft.files ?? []);
  } else if (draft) {
    store(draftKey(opened()), null);
  }
}

export function begin() {
  const text = field();
  if (text) {
    if (!text.dataset.begun) {
      text.dataset.begun = "1";
      restoreDraft(text);
    }
    attachments.begin();
    showQuote();
    forgetQuoteThatIsGone();
    measure();
    showChoices();
  }
  showPending();
  if (opened()) { deliver(opened()); }
}

function submit() {
  if (noteMode()) {
    keepNote();
    return;
  }
  const text = field();
  const conversation = opened();
  const value = text.value.replace(/^\n+|\n+$/g, "");
  const over = value.length - Number(document.getElementById("composer").dataset.limit);
  if (!value.trim() && !attachments.count(conversation)) { return; }
  if (over > 0) {
    showProblem(`${say("tooLong")} ${over.toLocaleString("en")}`);
    return;
  }
  if (attachments.haveFailed(conversation)) {
    showProblem(say("filesFailed"));
    return;
  }
  if (!attachments.areReady(conversation)) {
    waitingForFiles.add(conversation);
    showProblem(say("filesPending"));
    return;
  }
  waitingForFiles.delete(conversation);
  showProblem("");
  const item = { id: draftOf(conversation)?.id ?? newId(), text: value, files: attachments.filesOf(conversation), quote: kept(quoted.get(conversation)), at: Date.now() };
  quoted.delete(conversation);
  attachments.release(conversation);
  clearTimeout(draftTimers.get(conversation));
  text.value = "";
  queue(conversation, item);
  showQuote();
  measure();
}

// On its way, whatever happens to this page: kept until the server has it.
function queue(conversation, item) {
  store(outboxKey(conversation), [...load(outboxKey(conversation), []).filter((other) => other.id !== item.id), item]);
  store(draftKey(conversation), null);
  showPending();
  toEnd();
  deliver(conversation);
}

function sendSticker(sticker) {
  queue(opened(), { id: newId(), text: "", sticker, quote: kept(quoted.get(opened())), at: Date.now() });
  quoted.delete(opened());
  showQuote();
}

// Where the cursor is; the browser's own undo knows of it.
function insert(words) {
  const text = field();
  text.focus();
  if (!document.execCommand("insertText", false, words)) {
    text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function fieldsOf(item) {
  const body = { text: item.text, client_id: item.id };
  if (item.quote) { body.quote = item.quote.id; }
  if (item.sticker) { body.sticker = item.sticker; }
  if (item.files?.length) { body.files = item.files.map((file) => file.id); }
  return body;
}

function filesChanged(conversation) {
  keepDraft(conversation);
  if (waitingForFiles.has(conversation) && conversation === opened() && attachments.areReady(conversation)) { submit(); }
}

// A note stays among colleagues: another colour, another button, another address, and nothing beside it that goes to the customer.
function noteMode() {
  return document.getElementById("note-mode")?.getAttribute("aria-pressed") === "true";
}

function setNoteMode(on) {
  document.getElementById("note-mode")?.setAttribute("aria-pressed", String(on));
  document.getElementById("composer")?.classList.toggle("is-note", on);
  document.querySelectorAll("[data-when-note]").forEach((words) => { words.hidden = (words.dataset.whenNote === "1") !== on; });
  const attach = document.getElementById("attach");
  if (attach) { attach.disabled = on; }
  sayToWhom();
  field()?.focus();
}

function sayToWhom() {
  const text = field();
  if (text) { text.placeholder = noteMode() ? text.dataset.toColleagues : text.dataset.toCustomer; }
}

async function keepNote() {
  const conversation = opened();
  const text = field().value.trim();
  if (!text) { return; }
  const id = draftOf(conversation)?.id ?? newId();
  const url = document.getElementById("composer").dataset.note;
  clearTimeout(draftTimers.get(conversation));
  await draftsUnderWay.get(conversation);
  const response = await post(url, { text, client_id: id }).catch(() => null);
  const isHere = conversation === opened() && field() !== null;
  if (!response?.ok) {
    const answer = await response?.json().catch(() => ({}));
    if (isHere) { showProblem(answer?.problem ?? say("notSent")); }
    keepDraft(conversation);
    return;
  }
  // Whoever went on writing meanwhile, or opened another conversation, keeps what stands there.
  const written = isHere ? field().value : draftOf(conversation)?.text ?? "";
  const rest = written.trim() === text ? "" : written;
  store(draftKey(conversation), rest ? { text: rest, id: newId(), at: Date.now() } : null);
  if (isHere) {
    field().value = rest;
    showProblem("");
    if (!rest) { setNoteMode(false); }
    measure();
    refreshLines();
  }
  keepDraft(conversation);
}

function showQuote() {
  const bar = document.getElementById("quoting");
  if (!bar) { return; }
  const quote = quoted.get(opened());
  bar.hidden = !quote;
  const shown = quote && document.querySelector(`[data-quote="${CSS.escape(quote.id)}"]`)?.dataset.quoteWords;
  bar.querySelector("[data-quoted]").textContent = shown ?? quote?.words ?? "";
}

function forgetQuoteThatIsGone() {
  const quote = quoted.get(opened());
  if (!quote || !document.querySelector(`#message-${CSS.escape(quote.id)} .is-withdrawn`)) { return; }
  quoted.delete(opened());
  showQuote();
  keepDraft();
  showProblem(say("quoteGone"));
}

// The server cut them out of the draft that it keeps; what is kept here, and perhaps on its way there, must not bring them back.
function forgetWords({ detail }) {
  const text = field();
  if (!text) { return; }
  const left = detail.filter((words) => [...words].length >= QUOTATION_LENGTH).reduce((kept, words) => kept.replaceAll(words, ""), text.value);
  if (left === text.value) { return; }
  text.value = left;
  keepDraft();
  measure();
}

function chooseQuote(quote) {
  if (quote) { quoted.set(opened(), quote); } else { quoted.delete(opened()); }
  showQuote();
  keepDraft();
  field()?.focus();
}

// One message of a conversation after the other, in their order.
async function deliver(conversation) {
  if (sending.has(conversation)) { return; }
  sending.add(conversation);
  for (let item = load(outboxKey(conversation), [])[0]; item; item = load(outboxKey(conversation), [])[0]) {
    if (Date.now() - item.at > TOO_OLD) {
      giveBack(conversation, item, "");
      continue;
    }
    // Sending forgets the draft: one that came after it would be found again as if it hadn't been sent.
    await draftsUnderWay.get(conversation);
    let response = null;
    try { response = await post(`/inbox/${conversation}/send/`, fieldsOf(item)); } catch { response = null; }
    if (response?.status === 401) {
      location.reload();
      return;
    }
    if (!response || response.status >= 500) {
      showFailure(item.id);
      setTimeout(() => deliver(conversation), TRY_AGAIN_AFTER);
      break;
    }
    if (response.ok) {
      drop(conversation, item.id);
      if (conversation === opened()) { refreshLines(); }
    } else {
      const answer = await response.json().catch(() => ({}));
      giveBack(conversation, answer.quote_is_gone ? { ...item, quote: null } : item, answer.problem ?? say("notSent"));
    }
  }
  sending.delete(conversation);
}

function drop(conversation, id) {
  store(outboxKey(conversation), load(outboxKey(conversation), []).filter((item) => item.id !== id));
}

// What can't be sent goes back to where it was written.
function giveBack(conversation, item, problem) {
  drop(conversation, item.id);
  document.getElementById(`pending-${item.id}`)?.remove();
  const draft = draftOf(conversation);
  const text = [item.text, draft?.text].filter(Boolean).join("\n");
  const files = [...(item.files ?? []), ...(draft?.files ?? [])];
  store(draftKey(conversation), { text, files, quote: item.quote, id: newId(), at: Date.now() });
  if (conversation === opened() && field()) {
    field().value = text;
    attachments.restore(conversation, files);
    if (item.quote) { quoted.set(conversation, item.quote); }
    showQuote();
    measure();
    showProblem(problem);
  }
}

function showPending() {
  const place = document.getElementById("pending");
  if (!place) { return; }
  load(outboxKey(opened()), []).forEach((item) => {
    if (document.getElementById(`pending-${item.id}`)) { return; }
    const row = document.getElementById("pending-bubble").content.firstElementChild.cloneNode(true);
    row.id = `pending-${item.id}`;
    row.dataset.pending = item.id;
    const names = (item.files ?? []).map((file) => `📎 ${file.name}`);
    row.querySelector(".bubble").textContent = [...names, item.sticker ? "😊" : "", item.text].filter(Boolean).join("\n");
    place.append(row);
  });
}

function showFailure(id) {
  const row = document.getElementById(`pending-${id}`);
  if (!row) { return; }
  const words = row.querySelector(".failure");
  words.textContent = `⚠ ${say("notSent")}`;
  words.hidden = false;
  row.querySelector(".bubble-words").hidden = true;
  row.querySelector("[data-try-again]").hidden = false;
}

function clearArrived() {
  document.querySelectorAll("[data-pending]").forEach((row) => {
    const waiting = load(outboxKey(opened()), []).some((item) => item.id === row.dataset.pending);
    if (!waiting || document.querySelector(`#lines [data-client="${CSS.escape(row.dataset.pending)}"]`)) { row.remove(); }
  });
}

// The composer stays while somebody may type in it; only what stands around it changes.
function replaceFoot(part, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  keepTimersOpen(part, fresh.content);
  if (!part.querySelector("#composer") || !fresh.content.querySelector("#composer")) {
    part.replaceChildren(fresh.content);
    window.htmx?.process(part);
    begin();
    return;
  }
  replaceTimers(part, fresh.content);
  field().dataset.toCustomer = fresh.content.querySelector("#composer-text").dataset.toCustomer;
  sayToWhom();
  const ring = fresh.content.querySelector(".free-ring");
  part.querySelector(".free-ring")?.remove();
  if (ring) { part.querySelector(".composer-count").before(ring); }
  part.querySelector(".composer-warnings").replaceWith(fresh.content.querySelector(".composer-warnings"));
}

// The list of timers stays open if it was, and the focus stays where it is in it.
function keepTimersOpen(part, fresh) {
  const list = fresh.querySelector("#timers details");
  if (list && part.querySelector("#timers details")?.open) { list.open = true; }
}

function replaceTimers(part, fresh) {
  const timers = part.querySelector("#timers");
  const focused = timers.contains(document.activeElement) ? document.activeElement.id : "";
  timers.replaceWith(fresh.querySelector("#timers"));
  window.htmx?.process(part.querySelector("#timers"));
  if (focused) { document.getElementById(focused)?.focus({ preventScroll: true }); }
}

function sendsNow(event) {
  if (event.key !== "Enter" || event.shiftKey || event.altKey) { return false; }
  // Enter that ends an input method's composition: Chrome and Firefox say isComposing, older ones only 229; Safari ends the
  // composition first and sends the key right after it.
  if (event.isComposing || event.keyCode === 229 || event.timeStamp - compositionEnded < 80) { return false; }
  return event.ctrlKey || event.metaKey || wants("enter");
}

export function start() {
  describe("thread-foot", { replace: replaceFoot });
  document.addEventListener("compositionend", (event) => { compositionEnded = event.timeStamp; });
  document.addEventListener("input", (event) => {
    if (event.target !== field()) { return; }
    showProblem("");
    keepDraft();
    sayWriting();
    measure();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target === field() && sendsNow(event)) {
      event.preventDefault();
      submit();
    }
  });
  document.addEventListener("submit", (event) => {
    if (event.target.id === "composer") {
      event.preventDefault();
      submit();
      field()?.focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-try-again]")) { deliver(opened()); }
    const quote = event.target.closest("[data-quote]");
    if (quote) { chooseQuote({ id: quote.dataset.quote, words: quote.dataset.quoteWords }); }
    if (event.target.closest("#note-mode")) { setNoteMode(!noteMode()); }
    if (event.target.closest("#stop-quoting")) { chooseQuote(null); }
    const emoji = event.target.closest("[data-emoji]");
    if (emoji) { insert(emoji.dataset.emoji); }
    const sticker = event.target.closest("[data-sticker]");
    if (sticker && !noteMode()) {
      sticker.closest("[popover]")?.hidePopover();
      sendSticker(sticker.dataset.sticker);
    }
  });
  attachments.start(filesChanged);
  document.addEventListener("trunkline:lines", clearArrived);
  document.addEventListener("trunkline:lines", forgetQuoteThatIsGone);
  document.addEventListener("trunkline:taken-back", forgetWords);
  document.addEventListener("trunkline:online", () => { if (opened()) { deliver(opened()); } });
  const prefix = outboxKey("");
  Object.keys(localStorage).filter((key) => key.startsWith(prefix)).forEach((key) => deliver(key.slice(prefix.length)));
}

