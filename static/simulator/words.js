// Draws texts: links, LINE emoji and mentions, in what customers and accounts write.
import { element } from "./elements.js";
import { emojiPicture } from "./emoji.js";
import { label } from "./labels.js";

const LINK = /https?:\/\/[^\s<>"]+/g;
const PLACEHOLDER = /\{\{|\}\}|\{([0-9a-zA-Z_]{1,20})\}/g;

export function drawText(bubble) {
  const { message } = bubble;
  const box = element("div", { class: "content" });
  if (bubble.type === "textV2") box.append(...substituted(message));
  else box.append(...marked(bubble.text ?? "", marksOf(message)));
  return box;
}

export function linked(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(LINK)) {
    parts.push(text.slice(end, found.index), element("a", { href: found[0], target: "_blank", rel: "noopener noreferrer" }, found[0]));
    end = found.index + found[0].length;
  }
  return [...parts, text.slice(end)].filter((part) => part !== "");
}

function drawEmoji({ productId, emojiId }, words) {
  return element("img", { class: "emoji", src: emojiPicture(productId, emojiId), alt: words, width: 20, height: 20 });
}

const drawMention = (words) => element("span", { class: "mention" }, words);

function marksOf(message) {
  const emoji = (message.emojis ?? []).map((one) => ({ index: one.index, length: one.length ?? 1, draw: (words) => drawEmoji(one, words) }));
  const mentions = (message.mention?.mentionees ?? []).map(({ index, length }) => ({ index, length, draw: drawMention }));
  return [...emoji, ...mentions].sort((one, other) => one.index - other.index);
}

// A mark that lies beyond the text, or in the middle of another, is left out.
function marked(text, marks) {
  const parts = [];
  let end = 0;
  for (const { index, length, draw } of marks) {
    if (!(index >= end && length > 0 && index + length <= text.length)) continue;
    parts.push(...linked(text.slice(end, index)), draw(text.slice(index, index + length)));
    end = index + length;
  }
  return [...parts, ...linked(text.slice(end))];
}

function substituted({ text = "", substitution = {} }) {
  const parts = [];
  let end = 0;
  let plain = "";
  const flush = () => { parts.push(...linked(plain)); plain = ""; };
  for (const found of text.matchAll(PLACEHOLDER)) {
    plain += text.slice(end, found.index);
    end = found.index + found[0].length;
    const item = substitution[found[1]];
    if (found[1] === undefined) plain += found[0][0];
    else if (item?.type === "emoji") { flush(); parts.push(drawEmoji(item, label("emoji"))); }
    else if (item?.type === "mention") { flush(); parts.push(drawMention(item.mentionee?.type === "all" ? "@All" : `@${label("you")}`)); }
    else plain += found[0];
  }
  plain += text.slice(end);
  flush();
  return parts;
}
