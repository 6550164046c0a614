// The message that the next one answers: a strip above the message field.
import { drawQuote } from "./bubbles.js";
import { byId, element } from "./elements.js";
import { label } from "./labels.js";

let answered = null;

export function startReply(bubble, scene) {
  answered = bubble;
  const cancel = element("button", { type: "button", class: "quiet", onclick: cancelReply }, "✕");
  cancel.setAttribute("aria-label", label("cancelReply"));
  const strip = byId("replying");
  strip.replaceChildren(drawQuote(bubble, scene), cancel);
  strip.hidden = false;
  byId("words").focus();
}

export function cancelReply() {
  if (!answered) return;
  answered = null;
  byId("replying").hidden = true;
  byId("replying").replaceChildren();
  byId("words").focus();
}

// What to add to a text or a sticker; the strip goes with it.
export function takeReply() {
  const fields = answered ? { quotedMessageId: answered.message_id } : {};
  cancelReply();
  return fields;
}
