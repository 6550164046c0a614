// Live hints. One tab of a browser leads: it alone holds the stream and sends the heartbeat, and tells the others by channel.
// Hints only say what is stale; if all of them were lost, pages would still be right within 30 s.

import { partsFor, post, refresh, refreshAll } from "./fragments.js";

const HEARTBEAT_EVERY = 20_000;
const BANNER_AFTER = 2_500;
const LONGEST_PAUSE = 30_000;

const { person, live, heartbeat } = document.body.dataset;
const tab = Math.random().toString(36).slice(2);
const name = `trunkline-${person}`;
const channel = "BroadcastChannel" in window ? new BroadcastChannel(name) : null;
const watchedByOthers = new Map();
let watched = [];
let leading = false;
let stream = null;
const retired = [];
let streamKey = "";
let pause = 1_000;
let lastHeartbeat = 0;
let bannerTimer = null;

export function isLeading() {
  return leading;
}

// The conversations that this tab shows something of.
export function watch(conversations) {
  watched = conversations;
  channel?.postMessage({ kind: "watching", tab, conversations });
  if (leading) { connect(); }
}

export function start() {
  if (navigator.locks) {
    navigator.locks.request(name, () => new Promise(lead));
  } else {
    lead();
  }
  channel?.addEventListener("message", ({ data }) => listen(data));
  window.addEventListener("online", () => { if (leading) { pause = 1_000; connect(true); } });
  window.addEventListener("pagehide", () => channel?.postMessage({ kind: "watching", tab, conversations: [] }));
  // A page that comes back from the browser's memory has an old picture.
  window.addEventListener("pageshow", (event) => { if (event.persisted) { refreshAll(); } });
}

function lead() {
  leading = true;
  channel?.postMessage({ kind: "who" });
  connect(true);
  beat();
  setInterval(beat, HEARTBEAT_EVERY);
}

function listen(data) {
  if (data.kind === "hints") { take(data.topics); }
  if (data.kind === "all") { refreshAll(); }
  if (data.kind === "connection") { showConnection(data.up); }
  if (data.kind === "who" && watched.length) { channel.postMessage({ kind: "watching", tab, conversations: watched }); }
  if (data.kind === "watching") {
    if (data.conversations?.length) { watchedByOthers.set(data.tab, data.conversations); } else { watchedByOthers.delete(data.tab); }
    if (leading) {
      connect();
      if (stream?.readyState === EventSource.OPEN) { channel.postMessage({ kind: "connection", up: true }); }
    }
  }
}

// A stream tells nothing of what happened before it was open. When only the watched conversations change, the old stream goes on
// until the new one is open; in any other case everything is fetched again.
function connect(force = false) {
  const conversations = [...new Set([watched, ...watchedByOthers.values()].flat())].sort().slice(0, 20);
  const key = conversations.join(",");
  if (stream && key === streamKey && !force) { return; }
  if (stream) { retired.push(stream); }
  streamKey = key;
  const url = new URL(live, location.href);
  conversations.forEach((conversation) => url.searchParams.append("c", conversation));
  const opened = new EventSource(url);
  stream = opened;
  opened.addEventListener("open", () => {
    if (opened !== stream) { return; }
    pause = 1_000;
    retire();
    setConnection(true);
    if (force) { everything(); } else { take(conversations.map((conversation) => `conversation:${conversation}`)); }
  });
  opened.addEventListener("hint", (event) => {
    const topics = event.data.split(" ");
    channel?.postMessage({ kind: "hints", topics });
    take(topics);
  });
  // Timers of hidden pages are slowed down to one a minute; the stream's pings are not, so they carry the heartbeat.
  opened.addEventListener("ping", beat);
  opened.addEventListener("bye", () => {
    opened.close();
    if (opened === stream) { connect(true); }
  });
  opened.addEventListener("error", () => {
    if (opened !== stream) { return; }
    opened.close();
    retire();
    setConnection(false);
    setTimeout(() => { if (opened === stream) { connect(true); } }, pause * (0.75 + Math.random() / 2));
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  });
}

function retire() {
  retired.splice(0).forEach((old) => old.close());
}

function everything() {
  channel?.postMessage({ kind: "all" });
  refreshAll();
}

function setConnection(up) {
  channel?.postMessage({ kind: "connection", up });
  showConnection(up);
}

function showConnection(up) {
  const banner = document.getElementById("connection");
  clearTimeout(bannerTimer);
  document.body.dataset.connected = up ? "1" : "0";
  if (up) {
    if (banner) { banner.hidden = true; }
    document.dispatchEvent(new CustomEvent("trunkline:online"));
  } else {
    bannerTimer = setTimeout(() => { if (banner) { banner.hidden = false; } }, BANNER_AFTER);
  }
}

function take(topics) {
  const kinds = new Set();
  topics.forEach((topic) => {
    const [kind, id] = topic.split(":");
    if ((kind !== "conversation" && kind !== "thread") || watched.includes(id)) { kinds.add(kind); }
  });
  const parts = new Set([...kinds].flatMap(partsFor));
  parts.forEach(refresh);
}

function beat() {
  const now = Date.now();
  if (!leading || !heartbeat || now - lastHeartbeat < HEARTBEAT_EVERY - 6_000) { return; }
  lastHeartbeat = now;
  post(heartbeat).catch(() => { lastHeartbeat = 0; });
}
