// Writing an answer. What was typed survives a reload (draft), what was sent survives a lost connection (outbox), and both
// carry an id made once per message, so that a double click, a second Enter or a retry is one message.

import * as attachments from "./attachments.js";
import {
  draftArrived, draftOf, dontTell, dropDraft, lookAgainSince, lookThrough, putDraft, quoteAllAnew, seenIn, setSeen, tellDraft, tellDraftSoon,
  tellWhatWasLeft, toldSince,
} from "./drafts.js";
import { describe, post } from "./fragments.js";
import { showChoices, wants } from "./notify.js";
import { load, newId, store } from "./storage.js";
import { refreshLines, toEnd } from "./thread.js";
import { say } from "./words.js";

const TOO_OLD = 10 * 60_000;
const TRY_AGAIN_AFTER = 5_000;
const { person } = document.body.dataset;
const sending = new Set();
const waitingForFiles = new Set();
const quoted = new Map();
const SAY_WRITING_EVERY = 10_000;
let saidWriting = { address: "", at: 0 };
let compositionEnded = -1_000;
let composing = false;

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

// What is being written, in this browser at once and on the server a moment later.
function keepDraft() {
  const conversation = opened();
  const text = field()?.value;
  if (text === undefined) { return; }
  putDraft(conversation, { text, files: attachments.filesOf(conversation), quote: kept(quoted.get(conversation)), id: draftOf(conversation)?.id });
  tellDraftSoon(conversation, text);
}

// The customer may see that somebody is writing. A note for colleagues is none of their business.
function sayWriting() {
  const address = document.getElementById("composer")?.dataset.writing;
  if (!address || noteMode() || !field().value.trim()) { return; }
  if (saidWriting.address === address && Date.now() - saidWriting.at < SAY_WRITING_EVERY) { return; }
  saidWriting = { address, at: Date.now() };
  post(address, {}).catch(() => {});
}

// The server has the draft, but for words that it wasn't told. They are let go if it has something newer from another device.
function restoreDraft(text) {
  const conversation = opened();
  const saved = Number(text.dataset.savedAt ?? 0);
  const version = wordsVersion(text);
  const draft = draftOf(conversation);
  const newer = toldSince(conversation, saved);
  if (newer === null) { setSeen(conversation, version); } else { text.value = newer; }
  if (!draft) { return; }
  if (!draft.goesBefore && (draft.at ?? 0) + 2_000 < saved) {
    dropDraft(conversation);
    return;
  }
  if (draft.quote) { quoted.set(conversation, draft.quote); }
  attachments.restore(conversation, draft.files ?? []);
  if (draft.text !== undefined) {
    text.value = draft.goesBefore ? [draft.text, text.value].filter(Boolean).join("\n") : draft.text;
    lookAgainSince(conversation, draft.seen ?? 0);
    keepDraft();
  }
}

function wordsVersion(text) {
  return Number(text.dataset.wordsVersion);
}

export function begin() {
  const text = field();
  if (text) {
    if (!text.dataset.begun) {
      text.dataset.begun = "1";
      composing = false;
      restoreDraft(text);
      askWhatIsQuoted(wordsVersion(text));
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
  const item = { id: draftOf(conversation)?.id ?? newId(), text: value, files: attachments.filesOf(conversation), quote: kept(quoted.get(conversation)), at: Date.now(), seen: seenIn(conversation) };
  quoted.delete(conversation);
  attachments.release(conversation);
  dontTell(conversation);
  text.value = "";
  dropDraft(conversation);
  queue(conversation, item);
  showQuote();
  measure();
}

// On its way, whatever happens to this page: kept until the server has it.
function queue(conversation, item) {
  store(outboxKey(conversation), [...load(outboxKey(conversation), []).filter((other) => other.id !== item.id), item]);
  showPending();
  toEnd();
  deliver(conversation);
}

function sendSticker(sticker) {
  queue(opened(), { id: newId(), text: "", sticker, quote: kept(quoted.get(opened())), at: Date.now(), seen: seenIn(opened()) });
  quoted.delete(opened());
  showQuote();
  keepDraft();
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
  const draft = draftOf(conversation);
  if (conversation === opened() && field()) { keepDraft(); } else { putDraft(conversation, { ...draft, files: attachments.filesOf(conversation) }); }
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
  dontTell(conversation);
  await draftArrived(conversation);
  const response = await post(url, { text, client_id: id }).catch(() => null);
  const isHere = conversation === opened() && field() !== null;
  if (!response?.ok) {
    const answer = await response?.json().catch(() => ({}));
    if (isHere) {
      showProblem(answer?.problem ?? say("notSent"));
      keepDraft();
    }
    return;
  }
  // Whoever went on writing meanwhile, or opened another conversation, keeps what stands there.
  if (isHere) {
    const rest = field().value.trim() === text ? "" : field().value;
    dropDraft(conversation);
    field().value = rest;
    showProblem("");
    if (!rest) { setNoteMode(false); }
    measure();
    refreshLines();
    keepDraft();
  } else if (draftOf(conversation)?.text?.trim() === text) {
    putDraft(conversation, { ...draftOf(conversation), text: "", id: newId() });
    tellDraft(conversation, "");
  }
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

// What the server has quoted anew, here too: words that were edited, or taken back. An input method finishes its own first; whether
// it had not to.
function quoteAnew({ conversation, replaced }) {
  const text = conversation === opened() ? field() : null;
  if (!text || !replaced.length) { return true; }
  if (composing) {
    document.addEventListener("compositionend", () => setTimeout(() => quoteAnew({ conversation, replaced })), { once: true });
    return false;
  }
  const left = quoteAllAnew(text.value, replaced);
  if (left === text.value) { return true; }
  const cursor = quoteAllAnew(text.value.slice(0, text.selectionStart), replaced).length;
  text.value = left;
  text.setSelectionRange(cursor, cursor);
  keepDraft();
  measure();
  return true;
}

// The customer's words have changed: the server looks whether what stands here quotes them.
async function askWhatIsQuoted(version) {
  const conversation = opened();
  if (version <= seenIn(conversation)) { return; }
  const asked = field().value;
  const found = asked ? await lookThrough(conversation, asked) : { seen: version, replaced: [] };
  if (conversation !== opened() || !field()) { return; }
  if (!found) {
    setTimeout(() => { if (conversation === opened() && field()) { askWhatIsQuoted(version); } }, TRY_AGAIN_AFTER);
    return;
  }
  const isWhole = field().value === asked;
  if (quoteAnew({ conversation, replaced: found.replaced }) && isWhole) { setSeen(conversation, found.seen); }
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
    await draftArrived(conversation);
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
  const isHere = conversation === opened() && field() !== null;
  const draft = draftOf(conversation);
  const written = isHere ? field().value : draft?.text;
  const text = [item.text, written].filter(Boolean).join("\n");
  const files = [...(item.files ?? []), ...(draft?.files ?? [])];
  if (item.text) { lookAgainSince(conversation, item.seen ?? 0); }
  putDraft(conversation, { text, files, quote: item.quote, goesBefore: written === undefined });
  if (isHere) {
    field().value = text;
    attachments.restore(conversation, files);
    if (item.quote) { quoted.set(conversation, item.quote); }
    showQuote();
    measure();
    showProblem(problem);
    keepDraft();
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
  const rendered = fresh.content.querySelector("#composer-text");
  askWhatIsQuoted(wordsVersion(rendered));
  field().dataset.toCustomer = rendered.dataset.toCustomer;
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
  tellWhatWasLeft(opened());
  document.addEventListener("compositionstart", () => { composing = true; });
  document.addEventListener("compositionend", (event) => {
    composing = false;
    compositionEnded = event.timeStamp;
  });
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
  document.addEventListener("trunkline:quoted-anew", (event) => { if (!quoteAnew(event.detail)) { event.preventDefault(); } });
  document.addEventListener("trunkline:online", () => { if (opened()) { deliver(opened()); } });
  const prefix = outboxKey("");
  Object.keys(localStorage).filter((key) => key.startsWith(prefix)).forEach((key) => deliver(key.slice(prefix.length)));
}

