// What the customer writes: text with emoji and mentions, stickers, a place.
import { emojiIn } from "./emoji.js";
import { byId } from "./elements.js";
import { label } from "./labels.js";
import { closePanels, startPanels } from "./panels.js";
import { cancelReply, takeReply } from "./replying.js";

const TALLEST = 132;

export function growWords() {
  const words = byId("words");
  words.style.height = "auto";
  words.style.height = `${Math.min(words.scrollHeight + 2, TALLEST)}px`;
}

// `account` gives the account that is written to.
export function startComposer(say, account) {
  const words = byId("words");
  byId("say").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = words.value;
    if (!text.trim()) return;
    words.value = "";
    growWords();
    say({ ...textMessage(text, account()), ...takeReply() });
    words.focus();
  });
  words.addEventListener("input", growWords);
  words.addEventListener("keydown", (event) => {
    if (event.key === "Escape") cancelReply();
    // While an input method composes, Enter chooses a candidate (some browsers only say so by key code 229).
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    byId("say").requestSubmit();
  });
  byId("location").addEventListener("click", () => {
    closePanels();
    words.focus();
    say({ type: "location", title: label("place"), address: "東京都千代田区丸の内1丁目", latitude: 35.68116, longitude: 139.76716 });
  });
  byId("mention").addEventListener("click", () => {
    closePanels();
    insert(`${mentionOf(account())} `);
    words.focus();
  });
  startPanels(
    ({ packageId, stickerId, name }) =>
      say({ type: "sticker", packageId, stickerId, stickerResourceType: "STATIC", keywords: [label(name)], ...takeReply() }),
    (one) => insert(one.words),
  );
}

function insert(text) {
  const words = byId("words");
  words.setRangeText(text, words.selectionStart, words.selectionEnd, "end");
  growWords();
}

const mentionOf = (account) => `@${account?.display_name ?? ""}`;

// LINE counts in UTF-16 units, and so does JavaScript.
function textMessage(text, account) {
  const message = { type: "text", text };
  const emojis = emojiIn(text);
  if (emojis.length) message.emojis = emojis;
  const mentionees = [];
  const mention = mentionOf(account);
  for (let index = text.indexOf(mention); account && index >= 0; index = text.indexOf(mention, index + mention.length)) {
    mentionees.push({ index, length: mention.length, type: "user", userId: account.bot_user_id, isSelf: true });
  }
  if (mentionees.length) message.mention = { mentionees };
  return message;
}
