// Drafts: the server has them, for another device and for what a customer takes back, which is cut out of them there. In this
// browser stay a draft's files, its quote, and its words only as long as the server doesn't have them.

import { post } from "./fragments.js";
import { load, newId, store } from "./storage.js";

const TELL_AFTER = 1_200;
const TRY_AGAIN_AFTER = 5_000;
// For so long an answer that was rendered before the server had the newest words may still be on its way to this page.
const OVERTAKEN_WITHIN = 10_000;
// The conversation isn't this person's to write in any more, or the server knows something newer.
const GONE = [404, 409];
const timers = new Map();
const underWay = new Map();
const told = new Map();
// Up to which version of the customer's words all that stands in a draft was looked through by the server.
const seen = new Map();

const keyOf = (conversation) => `draft:${document.body.dataset.person}:${conversation}`;

export function draftOf(conversation) {
  return load(keyOf(conversation), null);
}

export function putDraft(conversation, { text, files = [], quote = null, goesBefore = false, id = newId(), at = Date.now() }) {
  const isNothing = !text && !files.length && !quote;
  store(keyOf(conversation), isNothing ? null : { text, files, quote, goesBefore, id, at, seen: seenIn(conversation) });
}

export function seenIn(conversation) {
  return seen.get(conversation) ?? draftOf(conversation)?.seen ?? 0;
}

export function setSeen(conversation, version) {
  seen.set(conversation, version);
}

// What is put into the draft again was looked through no further than that.
export function lookAgainSince(conversation, version) {
  setSeen(conversation, Math.min(version, seen.get(conversation) ?? draftOf(conversation)?.seen ?? version));
}

// `left` is what an earlier page couldn't tell: the server refuses it if something newer was written meanwhile.
export async function tellDraft(conversation, text, left = null) {
  const age = left ? { age: Date.now() - (left.at ?? 0) } : {};
  const answer = post(`/inbox/${conversation}/draft/`, { text, seen: left?.seen ?? seenIn(conversation), ...age }).catch(() => null);
  underWay.set(conversation, answer);
  const response = await answer;
  const kept = response?.ok ? await response.json().catch(() => null) : null;
  const isWhole = (draftOf(conversation)?.text ?? "") === text;
  if (kept) {
    const detail = { conversation, replaced: kept.replaced };
    const isDone = document.dispatchEvent(new CustomEvent("trunkline:quoted-anew", { detail, cancelable: true }));
    if (isDone && isWhole) { setSeen(conversation, kept.seen); }
  }
  const draft = draftOf(conversation);
  if ((draft?.text ?? "") !== text) { return; }
  if (!response || response.status >= 500 || (response.ok && !kept)) {
    timers.set(conversation, setTimeout(() => tellDraft(conversation, text, left), TRY_AGAIN_AFTER));
  } else if (kept || GONE.includes(response.status)) {
    const at = kept?.at ?? Date.now();
    if (kept) { told.set(conversation, { text: quoteAllAnew(text, kept.replaced), at, until: Date.now() + OVERTAKEN_WITHIN }); }
    if (draft) { putDraft(conversation, { ...draft, text: undefined, at }); }
  }
}

// As on the server (`former_words.py`): where words stand as they are now already they stay, for the former ones may be part of them.
export function quoteAllAnew(text, replaced) {
  return replaced.reduce((before, [words, now]) => {
    const follow = (part) => part.replaceAll(words, () => now);
    return now ? before.split(now).map(follow).join(now) : follow(before);
  }, text);
}

// What an earlier page couldn't tell.
export function tellWhatWasLeft(except) {
  let keys = [];
  try { keys = Object.keys(localStorage); } catch { return; }
  keys.filter((key) => key.startsWith(keyOf(""))).forEach((key) => {
    const conversation = key.slice(keyOf("").length);
    const draft = draftOf(conversation);
    const isLeft = draft?.text !== undefined && !draft.goesBefore && conversation !== except;
    if (isLeft) { tellDraft(conversation, draft.text, draft); }
  });
}

// Which of the customer's words that are gone a text quotes. Nothing is kept: another page may have newer words.
export async function lookThrough(conversation, text) {
  const response = await post(`/inbox/${conversation}/draft/`, { text, seen: seenIn(conversation), look: 1 }).catch(() => null);
  return response?.ok ? response.json().catch(() => null) : null;
}

export function tellDraftSoon(conversation, text) {
  dontTell(conversation);
  timers.set(conversation, setTimeout(() => tellDraft(conversation, text), TELL_AFTER));
}

export function dontTell(conversation) {
  clearTimeout(timers.get(conversation));
}

// Until what was told has arrived: what comes behind it must find it there.
export async function draftArrived(conversation) {
  await underWay.get(conversation);
}

// It is on its way, or was let go.
export function dropDraft(conversation) {
  told.delete(conversation);
  store(keyOf(conversation), null);
}

// The words that the server had last, if what it rendered (with a draft of `savedAt`) is older.
export function toldSince(conversation, savedAt) {
  const last = told.get(conversation);
  return last && last.at > savedAt && Date.now() < last.until ? last.text : null;
}
