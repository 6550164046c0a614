// Draws one chat as the customer sees it: own messages on the right, the account's on the left.
import { element, paintAvatar } from "./elements.js";
import { label, locale } from "./labels.js";
import { drawnSticker } from "./stickers.js";

const timeFormat = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const dayFormat = new Intl.DateTimeFormat(locale, { weekday: "short", day: "numeric", month: "short" });
const LINK = /https?:\/\/[^\s<>"]+/g;

export function drawBubbles(list, chat, accountName, askUnsend) {
  const wanted = [];
  let day = "";
  for (const bubble of chat.bubbles) {
    const itsDay = dayFormat.format(bubble.at);
    if (itsDay !== day) wanted.push({ key: `day ${itsDay}`, draw: () => drawDay(itsDay, chat.now) });
    day = itsDay;
    const key = JSON.stringify([bubble.message_id, bubble.type, bubble.webhook_status, bubble.webhook_reason]);
    wanted.push({ key, draw: () => drawBubble(bubble, accountName, askUnsend) });
  }
  if (!wanted.length) wanted.push({ key: "empty", draw: () => element("li", { class: "empty" }, label("empty")) });
  replaceChanged(list, wanted);
}

// Leaves alone what is the same, so that focus, selection and a screen reader's place stay where they are.
function replaceChanged(list, wanted) {
  wanted.forEach(({ key, draw }, index) => {
    const present = list.children[index];
    if (present?.dataset.key === key) return;
    const drawn = draw();
    drawn.dataset.key = key;
    if (present) present.replaceWith(drawn);
    else list.append(drawn);
  });
  while (list.children.length > wanted.length) list.lastElementChild.remove();
}

function drawDay(day, now) {
  return element("li", { class: "day" }, element("span", {}, day === dayFormat.format(now) ? label("today") : day));
}

function drawBubble(bubble, accountName, askUnsend) {
  if (bubble.type === "unsent") return element("li", { class: "day unsent" }, element("span", {}, label("unsent")));
  const content = drawContent(bubble);
  const facts = element("span", { class: "facts" }, ...drawFacts(bubble));
  if (bubble.direction === "outbound") {
    const avatar = element("span", { class: "avatar small", "aria-hidden": "true" });
    paintAvatar(avatar, accountName);
    const sender = bubble.message.sender?.name;
    const said = element("div", { class: "said" }, sender ? element("small", { class: "sender" }, sender) : null, content);
    return element("li", { class: `bubble theirs ${bubble.type}` }, avatar, said, facts);
  }
  const words = bubble.text || label(bubble.type === "sticker" ? "sticker" : "message");
  const take = element("button", { type: "button", class: "take-back", title: label("unsend"), onclick: () => askUnsend(bubble) }, "⋯");
  take.setAttribute("aria-label", `${label("unsend")}: ${words.slice(0, 40)}`);
  return element("li", { class: `bubble own ${bubble.type}` }, take, facts, content);
}

function drawFacts(bubble) {
  const facts = [];
  if (bubble.via) {
    const free = bubble.via === "reply";
    facts.push(element("span", { class: `via ${bubble.via}`, title: label(free ? "freeHint" : "countedHint") }, label(free ? "free" : "counted")));
  }
  if (bubble.webhook_reason && bubble.webhook_reason !== "OK") {
    const reason = bubble.webhook_reason === "ERROR_STATUS_CODE" ? bubble.webhook_status : bubble.webhook_reason;
    facts.push(element("span", { class: "not-taken" }, label("notTaken", { reason })));
  }
  facts.push(element("time", { dateTime: new Date(bubble.at).toISOString() }, timeFormat.format(bubble.at)));
  return facts;
}

function drawContent(bubble) {
  const draw = { text: drawText, textV2: drawText, sticker: drawSticker, location: drawLocation, image: drawImage, video: drawPlayer, audio: drawPlayer };
  return (draw[bubble.type] || drawCard)(bubble);
}

function drawText(bubble) {
  const box = element("div", { class: "content" });
  const text = bubble.text ?? "";
  let end = 0;
  for (const found of text.matchAll(LINK)) {
    box.append(text.slice(end, found.index), element("a", { href: found[0], target: "_blank", rel: "noopener noreferrer" }, found[0]));
    end = found.index + found[0].length;
  }
  box.append(text.slice(end));
  return box;
}

function drawSticker({ message }) {
  const known = drawnSticker(message.packageId, message.stickerId);
  if (!known) return element("div", { class: "content card" }, `${label("sticker")} ${message.packageId} / ${message.stickerId}`);
  return element("img", { class: "sticker-picture", src: known.src, alt: `${label("sticker")}: ${label(known.name)}`, width: 132, height: 132 });
}

function drawLocation({ message }) {
  const map = element("span", { class: "map", "aria-hidden": "true" });
  const place = `${message.latitude?.toFixed?.(5)}, ${message.longitude?.toFixed?.(5)}`;
  const name = element("strong", {}, message.title || label("location"));
  return element("div", { class: "content place" }, map, name, element("span", {}, message.address || place));
}

function drawImage(bubble) {
  const { previewImageUrl, originalContentUrl } = bubble.message;
  if (!previewImageUrl) return drawCard(bubble);
  const picture = element("img", { src: previewImageUrl, alt: label("picture") });
  return element("a", { class: "content picture", href: originalContentUrl, target: "_blank", rel: "noopener noreferrer" }, picture);
}

function drawPlayer(bubble) {
  const { originalContentUrl, previewImageUrl } = bubble.message;
  if (!originalContentUrl) return drawCard(bubble);
  return element(bubble.type, { class: "content player", src: originalContentUrl, poster: previewImageUrl, controls: true, preload: "none" });
}

function drawCard(bubble) {
  const names = { image: "picture", video: "video", audio: "audio", file: "file" };
  const name = bubble.type in names ? label(names[bubble.type]) : bubble.type;
  return element("div", { class: "content card" }, element("strong", {}, name), element("span", {}, bubble.text || bubble.message.fileName || ""));
}
