// Draws what is in a bubble, by its type.
import { element } from "./elements.js";
import { drawFlex } from "./flex.js";
import { label, locale } from "./labels.js";
import { broken, drawAudio, drawVideo } from "./players.js";
import { drawnSticker } from "./stickers.js";
import { drawTemplate } from "./templates.js";
import { drawText } from "./words.js";

const UNITS = ["byte", "kilobyte", "megabyte"];
const NAMES = { image: "picture", video: "video", audio: "audio", file: "file", sticker: "sticker", location: "location" };

export const nameOfKind = (kind) => label(NAMES[kind] ?? "message");

export function sizeInWords(bytes) {
  const step = bytes < 1000 ? 0 : bytes < 1_000_000 ? 1 : 2;
  const format = { style: "unit", unit: UNITS[step], unitDisplay: step ? "short" : "long", maximumFractionDigits: step === 2 ? 1 : 0 };
  return new Intl.NumberFormat(locale, format).format(bytes / 1000 ** step);
}

export function drawContent(bubble, act) {
  const draw = {
    text: drawText, textV2: drawText, sticker: drawSticker, location: drawLocation, image: drawImage, video: drawFilm, audio: drawSound,
    file: drawFile, flex: drawFlex, template: drawTemplate,
  };
  return (draw[bubble.type] || drawCard)(bubble, act);
}

// The small picture that stands for a bubble where it is quoted; null when it has none.
export function thumbnailOf(bubble) {
  const { message } = bubble;
  if (bubble.type === "sticker") return stickerPicture(message);
  if (bubble.type === "image") return bubble.content_url ?? message.previewImageUrl ?? message.contentProvider?.previewImageUrl ?? null;
  return bubble.type === "video" ? message.previewImageUrl ?? null : null;
}

export function drawImageSet(bubbles) {
  const sorted = [...bubbles].sort((one, other) => one.message.imageSet.index - other.message.imageSet.index);
  const total = sorted[0].message.imageSet.total ?? sorted.length;
  const pictures = sorted.map((bubble) => {
    const picture = drawImage(bubble);
    picture.setAttribute("aria-label", label("ofSet", { index: bubble.message.imageSet.index, total }));
    return picture;
  });
  return element("div", { class: `image-set of-${pictures.length % 3} ${pictures.length === 3 ? "of-three" : ""}` }, ...pictures);
}

const stickerPicture = ({ packageId, stickerId }) =>
  drawnSticker(packageId, stickerId)?.src ?? `/sim/stickershop/v1/sticker/${encodeURIComponent(stickerId)}/android/sticker.png`;

function drawSticker({ message }) {
  const known = drawnSticker(message.packageId, message.stickerId);
  const name = known ? label(known.name) : `${message.packageId} / ${message.stickerId}`;
  const picture = element("img", { class: "sticker-picture", src: stickerPicture(message), alt: `${label("sticker")}: ${name}`, width: 132, height: 132 });
  picture.addEventListener("error", () => picture.replaceWith(element("div", { class: "content card" }, `${label("sticker")} ${name}`)));
  return picture;
}

function drawLocation({ message }) {
  const map = element("span", { class: "map", "aria-hidden": "true" });
  const place = `${message.latitude?.toFixed?.(5)}, ${message.longitude?.toFixed?.(5)}`;
  const name = element("strong", {}, message.title || label("location"));
  return element("div", { class: "content place" }, map, name, element("span", {}, message.address || place));
}

function drawImage(bubble) {
  const { message } = bubble;
  const given = message.contentProvider?.originalContentUrl ? message.contentProvider : message;
  const original = bubble.content_url ?? given.originalContentUrl;
  const shown = bubble.content_url ?? given.previewImageUrl ?? original;
  if (!shown) return drawCard(bubble);
  if (bubble.media_problem) return unfetched(bubble, "picture");
  const picture = element("img", { src: shown, alt: label("picture") });
  const link = element("a", { class: "content picture", href: original, target: "_blank", rel: "noopener noreferrer" }, picture);
  picture.addEventListener("error", () => link.replaceChildren(broken("picture")));
  return link;
}

// LINE could not fetch it; the simulator knows why.
function unfetched(bubble, kind) {
  const mark = broken(kind);
  mark.append(element("small", {}, bubble.media_problem));
  return mark;
}

function drawFilm(bubble) {
  const { message } = bubble;
  const given = message.contentProvider?.originalContentUrl ? message.contentProvider : message;
  const src = bubble.content_url ?? given.originalContentUrl;
  if (bubble.media_problem) return unfetched(bubble, "video");
  return src ? drawVideo(src, bubble.content_url ? null : given.previewImageUrl, message.duration) : drawCard(bubble);
}

function drawSound(bubble) {
  const { message } = bubble;
  const src = bubble.content_url ?? message.originalContentUrl ?? message.contentProvider?.originalContentUrl;
  if (bubble.media_problem) return unfetched(bubble, "audio");
  return src ? drawAudio(src, message.duration) : drawCard(bubble);
}

function drawFile({ message, content_url: url }) {
  const words = element("span", { class: "file-words" }, element("strong", {}, message.fileName), element("span", {}, sizeInWords(message.fileSize ?? 0)));
  const icon = element("span", { class: "file-icon", "aria-hidden": "true" }, extensionOf(message.fileName));
  return element(url ? "a" : "div", { class: "content file-card", href: url, download: url ? message.fileName : null }, icon, words);
}

function extensionOf(name) {
  const [, extension = ""] = /\.([0-9a-z]{1,4})$/i.exec(name ?? "") ?? [];
  return extension.toUpperCase();
}

function drawCard(bubble) {
  return element("div", { class: "content card" }, element("strong", {}, bubble.type in NAMES ? nameOfKind(bubble.type) : bubble.type),
    element("span", {}, bubble.text || bubble.message.fileName || ""));
}
