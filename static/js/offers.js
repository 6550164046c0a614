// Incoming chat requests: shown until they are answered, by whomever.

import { describe, post, refetch, refresh } from "./fragments.js";
import { showCount, tell } from "./notify.js";
import { say } from "./words.js";

const GONE_AFTER = 10_000;
const { person } = document.body.dataset;
const STORED = `offers:${person}`;
let known = new Set();
const leaving = new Map();
const notified = new Map();

// A reload doesn't hide what went meanwhile: the page asks about the offers that it showed before.
function remember() {
  sessionStorage.setItem(STORED, [...known].join(","));
}

function part() {
  return document.getElementById("offers");
}

function shown() {
  return [...document.querySelectorAll("[data-offer]")];
}

// Also of what was sent to a colleague the page wants to know what became of it; and what became of an offer is asked again
// as long as it is shown, for a second answer takes the place of the first.
function ids() {
  const marked = (name) => [...document.querySelectorAll(`[data-${name}]`)].map((each) => each.dataset[name]);
  return ["offer", "sent", "gone"].flatMap(marked);
}

// Read, or shown long enough.
function forget(id) {
  clearTimeout(leaving.get(id));
  leaving.delete(id);
  known.delete(id);
  remember();
  document.querySelector(`[data-gone="${id}"]`)?.remove();
  refetch(part());
}

// A notification doesn't outlive its offer, nor words that the customer took back.
function closeStale() {
  for (const [id, { notification, words }] of notified) {
    const offer = shown().find((each) => each.dataset.offer === id);
    if (offer?.dataset.words === words) { continue; }
    notification.close();
    notified.delete(id);
  }
}

function changed() {
  closeStale();
  shown().filter((offer) => !known.has(offer.dataset.offer)).forEach((offer) => {
    const notification = tell(say("newRequest"), [offer.dataset.name, offer.dataset.words].filter(Boolean).join(": "));
    if (notification) { notified.set(offer.dataset.offer, { notification, words: offer.dataset.words }); }
  });
  known = new Set(ids());
  remember();
  document.querySelectorAll("[data-gone]").forEach(({ dataset: { gone } }) => {
    if (!leaving.has(gone)) { leaving.set(gone, setTimeout(() => forget(gone), GONE_AFTER)); }
  });
  showCount();
}

async function answer(form, open) {
  const offer = form.closest("[data-offer]");
  offer.querySelectorAll("button").forEach((button) => { button.disabled = true; });
  const response = await post(form.action).catch(() => null);
  if (!response) {
    offer.querySelectorAll("button").forEach((button) => { button.disabled = false; });
    return;
  }
  const accepted = response.ok && form.dataset.answers === "accept" ? await response.json() : null;
  if (response.ok) {
    known.delete(offer.dataset.offer);
    remember();
    offer.remove();
  }
  refetch(part());
  if (accepted) { open(accepted.conversation); }
}

export function start(open) {
  if (!part()) { return; }
  describe("offers", { query: () => ({ offers: [...known].join(",") }), changed });
  const before = (sessionStorage.getItem(STORED) ?? "").split(",").filter(Boolean);
  known = new Set([...before, ...ids()]);
  if (before.length) { refresh(part()); } else { remember(); }
  showCount();
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.answers) {
      event.preventDefault();
      answer(event.target, open);
    }
  });
  document.addEventListener("click", (event) => {
    const read = event.target.closest("[data-dismiss]");
    if (read) { forget(read.closest("[data-gone]").dataset.gone); }
  });
  document.addEventListener("trunkline:offer-over", () => refresh(part()));
}
