// Drafts: the server has them, for another device and for what a customer takes back, which is cut out of them there. In this
// browser stay a draft's files, its quote, and its words only as long as the server doesn't have them.

import { post } from "./fragments.js";
import { merged } from "./merging.js";
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
// What the server had last, and the version of the customer's words that it quotes: with an older one it takes no draft any more.
const bases = new Map();

const keyOf = (conversation) => `draft:${document.body.dataset.person}:${conversation}`;

export function draftOf(conversation) {
  return load(keyOf(conversation), null);
}

export function putDraft(conversation, { text, files = [], quote = null, goesBefore = false, id = newId(), at = Date.now() }) {
  const isNothing = !text && !files.length && !quote;
  const seen = bases.get(conversation)?.seen ?? draftOf(conversation)?.seen ?? 0;
  store(keyOf(conversation), isNothing ? null : { text, files, quote, goesBefore, id, at, seen });
}

// What the server rendered.
export function beginDraft(conversation, text, seen) {
  bases.set(conversation, { text, seen });
}

// What this page did to the draft by itself, knowing that the server does the same.
export function followInDraft(conversation, follow) {
  const base = bases.get(conversation);
  if (base) { base.text = follow(base.text); }
}

// The server's draft has followed the customer's words: this page's is based on it from now on. What `mine` became, which was
// changed here since; `null` if that can't be told, `undefined` if the page had followed already.
export function catchUp(conversation, { text, seen }, mine) {
  const base = bases.get(conversation);
  if (!base || base.seen >= seen) { return undefined; }
  bases.set(conversation, { text, seen });
  dontTell(conversation);
  told.delete(conversation);
  return merged(base.text, mine, text);
}

// `left` is what an earlier page couldn't tell: the server refuses it if something newer happened meanwhile.
export async function tellDraft(conversation, text, left = null) {
  const seen = (left ?? bases.get(conversation))?.seen ?? 0;
  const age = left ? { age: Date.now() - (left.at ?? 0) } : {};
  const answer = post(`/inbox/${conversation}/draft/`, { text, seen, ...age }).catch(() => null);
  underWay.set(conversation, answer);
  const response = await answer;
  const base = bases.get(conversation);
  if (!left && response?.status === 409) {
    document.dispatchEvent(new CustomEvent("trunkline:draft-refused", { detail: { conversation, ...await response.json() } }));
    return;
  }
  if (response?.ok && base?.seen === seen) { base.text = text; }
  const draft = draftOf(conversation);
  if ((draft?.text ?? "") !== text) { return; }
  if (!response || response.status >= 500) {
    timers.set(conversation, setTimeout(() => tellDraft(conversation, text, left), TRY_AGAIN_AFTER));
  } else if (response.ok || GONE.includes(response.status)) {
    const at = response.ok ? Number(response.headers.get("X-Saved-At")) : Date.now();
    if (response.ok) { told.set(conversation, { text, at, until: Date.now() + OVERTAKEN_WITHIN }); }
    if (draft) { putDraft(conversation, { ...draft, text: undefined, at }); }
  }
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
  followInDraft(conversation, () => "");
  store(keyOf(conversation), null);
}

// The words that the server had last, if what it rendered (with a draft of `savedAt`) is older.
export function toldSince(conversation, savedAt, seen) {
  const last = told.get(conversation);
  const isNewer = last && last.at > savedAt && Date.now() < last.until && bases.get(conversation)?.seen === seen;
  return isNewer ? last.text : null;
}
