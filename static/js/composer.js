// Writing an answer. What was typed survives a reload (draft), what was sent survives a lost connection (outbox), and both
// carry an id made once per message, so that a double click, a second Enter or a retry is one message.

import { describe, post } from "./fragments.js";
import { showChoices, wants } from "./notify.js";
import { refreshLines, toEnd } from "./thread.js";
import { say } from "./words.js";

const TOO_OLD = 10 * 60_000;
const TRY_AGAIN_AFTER = 5_000;
const { person } = document.body.dataset;
const sending = new Set();
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

function keepDraft() {
  const text = field();
  const draft = load(draftKey(opened()), null);
  store(draftKey(opened()), text.value ? { text: text.value, id: draft?.id ?? newId() } : null);
}

export function begin() {
  const text = field();
  if (text) {
    const draft = load(draftKey(opened()), null);
    if (draft && !text.value) { text.value = draft.text; }
    measure();
    showChoices();
  }
  showPending();
  if (opened()) { deliver(opened()); }
}

function submit() {
  const text = field();
  const conversation = opened();
  const value = text.value.replace(/^\n+|\n+$/g, "");
  const over = value.length - Number(document.getElementById("composer").dataset.limit);
  if (!value.trim()) { return; }
  if (over > 0) {
    showProblem(`${say("tooLong")} ${over.toLocaleString("en")}`);
    return;
  }
  showProblem("");
  const id = load(draftKey(conversation), null)?.id ?? newId();
  store(outboxKey(conversation), [...load(outboxKey(conversation), []).filter((item) => item.id !== id), { id, text: value, at: Date.now() }]);
  store(draftKey(conversation), null);
  text.value = "";
  measure();
  showPending();
  toEnd();
  deliver(conversation);
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
    let response = null;
    try { response = await post(`/inbox/${conversation}/send/`, { text: item.text, client_id: item.id }); } catch { response = null; }
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
      giveBack(conversation, item, answer.problem ?? say("notSent"));
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
  const draft = load(draftKey(conversation), null);
  const text = draft?.text ? `${item.text}\n${draft.text}` : item.text;
  store(draftKey(conversation), { text, id: newId() });
  if (conversation === opened() && field()) {
    field().value = text;
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
    row.querySelector(".bubble").textContent = item.text;
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
  if (!part.querySelector("#composer") || !fresh.content.querySelector("#composer")) {
    part.innerHTML = html;
    window.htmx?.process(part);
    begin();
    return;
  }
  const ring = fresh.content.querySelector(".free-ring");
  part.querySelector(".free-ring")?.remove();
  if (ring) { part.querySelector(".composer-count").before(ring); }
  const warning = fresh.content.querySelector(".may-not-arrive");
  part.querySelector(".may-not-arrive")?.remove();
  if (warning) { part.querySelector(".composer-box").before(warning); }
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
  document.addEventListener("click", (event) => { if (event.target.closest("[data-try-again]")) { deliver(opened()); } });
  document.addEventListener("trunkline:lines", clearArrived);
  document.addEventListener("trunkline:online", () => { if (opened()) { deliver(opened()); } });
  const prefix = outboxKey("");
  Object.keys(localStorage).filter((key) => key.startsWith(prefix)).forEach((key) => deliver(key.slice(prefix.length)));
}

