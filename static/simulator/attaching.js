// Files that the customer sends: chosen, pasted or dropped; several pictures at once are one set.
import { closePanels } from "./panels.js";
import { byId, element } from "./elements.js";
import { label } from "./labels.js";
import { wire } from "./wire.js";

const LARGEST = 220 * 1024 * 1024;
const LARGEST_SET = 20;
const METADATA_MS = 3000;
const PICTURES = ["image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/heif", "image/avif", "image/bmp"];

// `chatNow` gives the channel and the customer that are open; null when nobody can write.
export function startAttaching(chatNow) {
  const attach = (files, kind) => {
    const chat = chatNow();
    closePanels();
    if (chat) for (const batch of batches([...files], kind)) startUpload(chat, batch);
  };
  for (const [id, kind] of [["photo", "image"], ["video", "video"], ["voice", "audio"], ["file", "file"]]) {
    const input = byId(`pick-${id}`);
    byId(`attach-${id}`).addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      attach(input.files, kind);
      input.value = "";
      byId("words").focus();
    });
  }
  byId("words").addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    attach(event.clipboardData.files);
  });
  startDropping(attach, chatNow);
}

function startDropping(attach, chatNow) {
  const device = document.querySelector(".device");
  const hint = byId("drop-hint");
  const isOver = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!isOver(event)) return;
    event.preventDefault(); // dropped beside the device, a file must not replace the page
    hint.hidden = !(chatNow() && device.contains(event.target));
  });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) hint.hidden = true; });
  addEventListener("drop", (event) => {
    if (!isOver(event)) return;
    event.preventDefault();
    hint.hidden = true;
    if (device.contains(event.target)) attach(event.dataTransfer.files);
  });
}

function kindOf(file) {
  if (PICTURES.includes(file.type)) return "image";
  const [general] = file.type.split("/");
  return general === "video" || general === "audio" ? general : "file";
}

// Pictures together, everything else alone.
function batches(files, kind) {
  const typed = files.map((file) => ({ file, kind: kind ?? kindOf(file) }));
  const pictures = typed.filter((one) => one.kind === "image");
  const found = typed.filter((one) => one.kind !== "image").map((one) => [one]);
  for (let first = 0; first < pictures.length; first += LARGEST_SET) found.unshift(pictures.slice(first, first + LARGEST_SET));
  return found;
}

function startUpload(chat, batch) {
  const name = batch.length > 1 ? label("photos", { count: batch.length }) : batch[0].file.name;
  const state = element("span", { class: "upload-state" });
  const bar = element("progress", { max: 1, value: 0, "aria-label": name });
  const acts = element("span", { class: "upload-acts" });
  const row = element("li", {}, element("span", { class: "upload-name" }, name), state, acts, bar);
  byId("uploads").append(row);
  const run = async () => {
    const stop = new AbortController();
    state.textContent = "";
    bar.hidden = false;
    acts.replaceChildren(act("cancel", name, () => stop.abort()));
    try {
      await send(chat, batch, (share) => { bar.value = share; }, stop.signal);
      row.remove();
    } catch (error) {
      if (stop.signal.aborted) return row.remove();
      bar.hidden = true;
      state.textContent = error.words ?? label("refused", { reason: error.message });
      acts.replaceChildren(...(error.words ? [] : [act("retry", name, run)]), act("remove", name, () => row.remove()));
    }
    return undefined;
  };
  run();
}

function act(name, about, onclick) {
  const button = element("button", { type: "button", class: "quiet", onclick }, label(name));
  button.setAttribute("aria-label", `${label(name)}: ${about}`);
  return button;
}

async function send(chat, batch, onProgress, signal) {
  if (batch.some(({ file }) => file.size > LARGEST)) throw Object.assign(new Error(), { words: label("tooLarge") });
  const all = batch.reduce((sum, { file }) => sum + file.size, 0) || 1;
  const ids = [];
  let done = 0;
  for (const { file, kind } of batch) {
    const duration = kind === "video" || kind === "audio" ? await durationOf(file, kind) : null;
    const fields = { channel_id: chat.channelId, type: kind, file_name: file.name, ...(duration ? { duration } : {}) };
    ids.push((await wire.upload(fields, file, (bytes) => onProgress((done + bytes) / all), signal)).media_id);
    done += file.size;
  }
  if (ids.length > 1) await wire.sendSet(chat, ids);
  else await wire.send(chat, { type: batch[0].kind, media_id: ids[0] });
}

// In milliseconds; null when this browser can't tell.
function durationOf(file, kind) {
  const address = URL.createObjectURL(file);
  const player = element(kind, { preload: "metadata", src: address });
  return new Promise((resolve) => {
    player.addEventListener("loadedmetadata", () => resolve(Number.isFinite(player.duration) ? Math.round(player.duration * 1000) : null));
    player.addEventListener("error", () => resolve(null));
    setTimeout(resolve, METADATA_MS, null);
  }).finally(() => URL.revokeObjectURL(address));
}
