// Files that are about to be sent: chosen, dropped or pasted, uploaded one after the other, shown as chips until they go out.
// A file that was uploaded survives a reload with its draft; one that was still on its way is asked for again.

import { csrfToken, post } from "./fragments.js";
import { announce, say } from "./words.js";

const AT_ONCE = 2;
const ASK_AGAIN = 700;
const all = new Map();
let changed = () => {};
let underWay = 0;

function opened() {
  return document.getElementById("thread")?.dataset.conversation ?? "";
}

function composer() {
  return document.getElementById("composer");
}

function here(conversation = opened()) {
  if (!all.has(conversation)) { all.set(conversation, []); }
  return all.get(conversation);
}

export function filesOf(conversation) {
  return here(conversation).filter((item) => item.state === "ready").map((item) => ({ id: item.id, name: item.name }));
}

export function areReady(conversation) {
  return here(conversation).every((item) => item.state === "ready");
}

export function haveFailed(conversation) {
  return here(conversation).some((item) => item.state === "failed");
}

export function count(conversation) {
  return here(conversation).length;
}

// They are on their way as messages now.
export function release(conversation) {
  all.set(conversation, []);
  draw();
}

// What a draft remembers comes back; the server knows how far each has come.
export function restore(conversation, ids) {
  const known = new Set(here(conversation).map((item) => item.id));
  ids.filter(({ id }) => !known.has(id)).forEach(({ id, name }) => {
    const item = { key: id, id, name, state: "pending", sent: 1, conversation };
    here(conversation).push(item);
    ask(item);
  });
  draw();
}

export function add(files) {
  const conversation = opened();
  if (!composer()?.dataset.upload) { return; }
  [...files].forEach((file) => {
    const item = { key: crypto.randomUUID?.() ?? String(Math.random()), file, name: file.name || say("pastedPicture"), state: "waiting", sent: 0, conversation };
    here(conversation).push(item);
    if (file.size > Number(composer().dataset.uploadLimit)) { fail(item, say("fileTooLarge")); }
    if (file.size === 0) { fail(item, say("fileEmpty")); }
  });
  draw();
  next();
}

function next() {
  while (underWay < AT_ONCE) {
    const item = [...all.values()].flat().find((waiting) => waiting.state === "waiting");
    if (!item) { return; }
    upload(item);
  }
}

// XMLHttpRequest, because fetch tells nothing about how much of a body has gone.
function upload(item) {
  underWay += 1;
  item.state = "uploading";
  item.problem = "";
  const request = new XMLHttpRequest();
  item.request = request;
  const query = new URLSearchParams({ client_id: item.key, name: item.name });
  request.open("POST", `/inbox/${item.conversation}/upload/?${query}`);
  request.setRequestHeader("X-CSRFToken", csrfToken());
  request.setRequestHeader("X-Fragment", "1");
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.upload.addEventListener("progress", (event) => {
    item.sent = event.lengthComputable ? event.loaded / event.total : 0;
    progress(item);
  });
  request.addEventListener("loadend", () => {
    underWay -= 1;
    uploaded(item, request);
    next();
  });
  request.send(item.file);
  draw();
}

function uploaded(item, request) {
  if (item.state === "gone") { return; }
  if (request.status === 401) {
    location.reload();
    return;
  }
  const answer = parse(request.responseText);
  if (request.status === 201) {
    take(item, answer);
  } else if (request.status === 413 || request.status === 422) {
    fail(item, answer.problem || say("fileTooLarge"));
  } else {
    fail(item, say("uploadFailed"), true);
  }
  draw();
}

function parse(text) {
  try { return JSON.parse(text); } catch { return {}; }
}

function take(item, answer) {
  Object.assign(item, { id: answer.id, name: answer.name, kind: answer.kind, size: answer.size, preview: answer.preview, note: answer.note, sent: 1 });
  if (answer.state === "failed") {
    fail(item, answer.problem);
  } else if (answer.state === "ready") {
    item.state = "ready";
    announce(`${item.name}: ${say("fileReady")}`);
  } else {
    item.state = "pending";
    setTimeout(() => ask(item), ASK_AGAIN);
  }
  changed(item.conversation);
}

async function ask(item) {
  if (item.state === "gone") { return; }
  const response = await fetch(`/inbox/${item.conversation}/upload/${item.id}/`, { headers: { "X-Fragment": "1" } }).catch(() => null);
  if (item.state === "gone") { return; }
  if (response?.ok) {
    take(item, await response.json());
  } else if (response?.status === 404) {
    drop(item);
  } else {
    setTimeout(() => ask(item), ASK_AGAIN * 4);
  }
  draw();
}

function fail(item, problem, again = false) {
  item.state = "failed";
  item.problem = problem;
  item.again = again && Boolean(item.file);
  announce(`${item.name}: ${problem}`);
  changed(item.conversation);
}

function drop(item) {
  item.state = "gone";
  item.request?.abort();
  const list = here(item.conversation);
  list.splice(list.indexOf(item), 1);
  if (item.id) { post(`/inbox/${item.conversation}/upload/${item.id}/discard/`).catch(() => {}); }
  changed(item.conversation);
}

// --- What one sees --------------------------------------------------------------------------------

function draw() {
  const place = document.getElementById("chips");
  if (!place) { return; }
  const items = here();
  place.hidden = items.length === 0;
  const focused = place.contains(document.activeElement) ? document.activeElement.closest("[data-chip]")?.dataset.chip : null;
  place.replaceChildren(...items.map(chip));
  if (focused) { place.querySelector(`[data-chip="${CSS.escape(focused)}"] button`)?.focus(); }
}

function chip(item) {
  const node = document.getElementById("chip-template").content.firstElementChild.cloneNode(true);
  node.dataset.chip = item.key;
  node.classList.add(`is-${item.state}`);
  node.querySelector("[data-name]").textContent = item.name;
  const words = { waiting: say("fileWaiting"), uploading: say("fileUploading"), pending: say("filePreparing"), failed: item.problem };
  node.querySelector("[data-words]").textContent = words[item.state] ?? [item.size, item.note].filter(Boolean).join(" · ");
  const picture = node.querySelector("img");
  if (item.preview) { picture.src = item.preview; picture.hidden = false; }
  const bar = node.querySelector("progress");
  bar.hidden = !["uploading", "pending"].includes(item.state);
  if (item.state === "uploading") { bar.value = item.sent; } else { bar.removeAttribute("value"); }
  bar.setAttribute("aria-label", item.name);
  const remove = node.querySelector("[data-remove]");
  remove.setAttribute("aria-label", `${say("removeFile")}: ${item.name}`);
  remove.addEventListener("click", () => { drop(item); draw(); document.getElementById("composer-text")?.focus(); });
  const again = node.querySelector("[data-again]");
  again.hidden = !(item.state === "failed" && item.again);
  again.addEventListener("click", () => { item.state = "waiting"; draw(); next(); });
  return node;
}

function progress(item) {
  const bar = document.querySelector(`[data-chip="${CSS.escape(item.key)}"] progress`);
  if (bar) { bar.value = item.sent; }
}

function hasFiles(event) {
  return [...(event.dataTransfer?.types ?? [])].includes("Files");
}

export function begin() {
  draw();
}

export function start(onChange) {
  changed = onChange;
  document.addEventListener("click", (event) => { if (event.target.closest("#attach")) { document.getElementById("attach-files").click(); } });
  document.addEventListener("change", (event) => {
    if (event.target.id !== "attach-files") { return; }
    add(event.target.files);
    event.target.value = "";
    document.getElementById("composer-text")?.focus();
  });
  document.addEventListener("paste", (event) => {
    if (event.target.id !== "composer-text" || !event.clipboardData?.files.length) { return; }
    event.preventDefault();
    add(event.clipboardData.files);
  });
  let inside = 0;
  const zone = () => (composer()?.dataset.upload ? document.getElementById("thread") : null);
  document.addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) { return; }
    inside += 1;
    zone()?.classList.add("is-dropping");
  });
  document.addEventListener("dragleave", () => {
    inside = Math.max(0, inside - 1);
    if (!inside) { document.getElementById("thread")?.classList.remove("is-dropping"); }
  });
  document.addEventListener("dragover", (event) => { if (hasFiles(event)) { event.preventDefault(); } });
  document.addEventListener("drop", (event) => {
    inside = 0;
    document.getElementById("thread")?.classList.remove("is-dropping");
    if (!hasFiles(event)) { return; }
    // Dropped beside the thread it would be opened by the browser, and the page with everything typed be gone.
    event.preventDefault();
    if (zone()?.contains(event.target)) { add(event.dataTransfer.files); }
  });
  window.addEventListener("beforeunload", (event) => { if ([...all.values()].flat().some((item) => item.state === "uploading")) { event.preventDefault(); } });
}
