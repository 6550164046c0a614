// Draws one chat as the customer sees it: own messages on the right, the account's on the left.
import { drawContent, drawImageSet, nameOfKind, thumbnailOf } from "./contents.js";
import { element, paintAvatar } from "./elements.js";
import { drawAction } from "./flex.js";
import { label, locale } from "./labels.js";

const timeFormat = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const dayFormat = new Intl.DateTimeFormat(locale, { weekday: "short", day: "numeric", month: "short" });
const SHOWN_MS = 1500;

// `scene` says who is who and what can be done: account, customer, group, askUnsend(bubbles), reply(bubble), act(action, bubble).
export function drawBubbles(list, chat, scene) {
  const wanted = [];
  let day = "";
  for (const bubbles of inRows(chat.bubbles)) {
    const itsDay = dayFormat.format(bubbles[0].at);
    if (itsDay !== day) wanted.push({ key: `day ${itsDay}`, draw: () => drawDay(itsDay, chat.now) });
    day = itsDay;
    const quoted = findQuoted(bubbles[0], chat.bubbles);
    const shown = bubbles.map((bubble) => [bubble.message_id, bubble.type, bubble.media_problem, bubble.edited && bubble.text]);
    const key = JSON.stringify([shown, quoted?.message_id, scene.account.picture_url]);
    const factsKey = JSON.stringify(bubbles.map((bubble) => [bubble.webhook_status, bubble.webhook_reason, bubble.read]));
    wanted.push({ key, factsKey, draw: () => drawRow(bubbles, quoted, scene), drawFacts: () => drawFacts(bubbles, scene) });
  }
  const last = chat.bubbles.at(-1);
  const items = last?.direction === "outbound" && !last.tapped ? last.message.quickReply?.items ?? [] : [];
  if (chat.loading_until > chat.now) wanted.push({ key: "loading", draw: () => drawLoading(scene) });
  if (items.length) wanted.push({ key: `quick ${last.message_id}`, draw: () => drawQuickReplies(items, (action) => scene.act(action, last)) });
  if (!wanted.length) wanted.push({ key: "empty", draw: () => element("li", { class: "empty" }, label("empty")) });
  replaceChanged(list, wanted);
}

// They belong to the newest message alone, and go when anything follows it.
function drawQuickReplies(items, act) {
  return element("li", { class: "quick-replies" }, ...items.map(({ action }) => drawAction(action, "quick-reply", act, action?.label ?? "")));
}

function drawLoading(scene) {
  const dots = element("div", { class: "content loading", role: "img", "aria-label": label("loading") }, element("i"), element("i"), element("i"));
  return element("li", { class: "theirs writing" }, drawAvatar({ message: {} }, scene), element("div", { class: "said" }, dots));
}

// The pictures of one set are one row, wherever their parts came.
function inRows(bubbles) {
  const rows = [];
  const sets = new Map();
  for (const bubble of bubbles) {
    const set = bubble.direction === "inbound" && bubble.type === "image" ? bubble.message.imageSet?.id : null;
    if (set && sets.has(set)) {
      sets.get(set).push(bubble);
      continue;
    }
    const row = [bubble];
    if (set) sets.set(set, row);
    rows.push(row);
  }
  return rows;
}

// What a bubble quotes: a bubble, null for one that is no more, undefined when it quotes nothing.
function findQuoted(bubble, bubbles) {
  const { quotedMessageId, quoteToken } = bubble.message;
  if (quotedMessageId) return bubbles.find((one) => one.message_id === quotedMessageId && one.type !== "unsent") ?? null;
  if (bubble.direction === "outbound" && quoteToken) return bubbles.find((one) => one.quote_token === quoteToken || one.earlier_quote_tokens?.includes(quoteToken)) ?? null;
  return undefined;
}

// Leaves alone what is the same, so that focus, selection and a screen reader's place stay where they are.
function replaceChanged(list, wanted) {
  wanted.forEach(({ key, factsKey = "", draw, drawFacts: drawFactsAnew }, index) => {
    const present = list.children[index];
    if (present?.dataset.key === key) {
      if (present.dataset.facts === factsKey) return;
      present.dataset.facts = factsKey;
      present.querySelector(".facts")?.replaceWith(drawFactsAnew());
      return;
    }
    const drawn = draw();
    drawn.dataset.key = key;
    drawn.dataset.facts = factsKey;
    if (present) present.replaceWith(drawn);
    else list.append(drawn);
  });
  while (list.children.length > wanted.length) list.lastElementChild.remove();
}

function drawDay(day, now) {
  return element("li", { class: "day" }, element("span", {}, day === dayFormat.format(now) ? label("today") : day));
}

export const wordsOf = (bubble) => bubble.text || bubble.message.fileName || nameOfKind(bubble.type);

export function authorOf(bubble, scene) {
  if (bubble.direction === "outbound") return bubble.message.sender?.name || scene.account.display_name || "";
  return (scene.group ? writerOf(bubble, scene) : scene.customer)?.display_name ?? "";
}

// In a group others write too; who has left it is nobody any more.
const writerOf = (bubble, scene) => scene.group.members.find((member) => member.user_id === bubble.user_id);

const isBy = (bubble, scene) => bubble.direction === "inbound" && (!scene.group || bubble.user_id === scene.customer?.user_id);

function drawRow(bubbles, quoted, scene) {
  const [bubble] = bubbles;
  if (bubble.type === "unsent") return element("li", { class: "day unsent" }, element("span", {}, label("unsent")));
  const isOwn = isBy(bubble, scene);
  const sender = isOwn ? null : bubble.direction === "inbound" ? authorOf(bubble, scene) : bubble.message.sender?.name;
  let content = bubbles.length > 1 ? drawImageSet(bubbles) : drawContent(bubble, (action) => scene.act(action, bubble));
  if (quoted !== undefined) content = withQuote(content, quoted, scene);
  const said = element("div", { class: "said" }, sender ? element("small", { class: "sender" }, sender) : null, content);
  const beside = element("div", { class: "beside" }, element("span", { class: "acts" }, ...drawActs(bubbles, isOwn, scene)),
    drawFacts(bubbles, scene));
  const parts = isOwn ? [beside, said] : [drawAvatar(bubble, scene), said, beside];
  const row = element("li", { class: `bubble ${isOwn ? "own" : "theirs"} ${bubble.type}` }, ...parts);
  row.dataset.message = bubble.message_id;
  return row;
}

function drawAvatar(bubble, scene) {
  const { account } = scene;
  const avatar = element("span", { class: "avatar small", "aria-hidden": "true" });
  if (bubble.direction === "inbound") {
    paintAvatar(avatar, authorOf(bubble, scene), writerOf(bubble, scene)?.picture_url);
    return avatar;
  }
  const { name, iconUrl } = bubble.message.sender ?? {};
  paintAvatar(avatar, name || account.display_name, iconUrl || account.picture_url);
  return avatar;
}

function drawActs(bubbles, isOwn, scene) {
  const [bubble] = bubbles;
  const words = wordsOf(bubble).slice(0, 40);
  const signs = { reply: "↩", unsend: "⋯" };
  return actsOf(bubbles, isOwn, scene).filter(([name]) => name in signs).map(([name, act]) => drawAct(name, words, signs[name], act));
}

// What can be done with a row of bubbles, by the name of its label.
function actsOf(bubbles, isOwn, scene) {
  const [bubble] = bubbles;
  const acts = [];
  if (bubble.quote_token) acts.push(["reply", () => scene.reply(bubble)]);
  if (bubble.text) acts.push(["copy", () => navigator.clipboard.writeText(bubble.text).catch(() => {})]);
  if (isOwn && !bubble.postback) acts.push(["unsend", () => scene.askUnsend(bubbles)]);
  return acts;
}

export function actsOfMessage(chat, messageId, scene) {
  const row = inRows(chat.bubbles).find(([first]) => first.message_id === messageId);
  return row && row[0].type !== "unsent" ? actsOf(row, isBy(row[0], scene), scene) : [];
}

function drawAct(name, words, sign, onclick) {
  const button = element("button", { type: "button", class: "act", title: label(name), onclick }, sign);
  button.setAttribute("aria-label", `${label(name)}: ${words}`);
  return button;
}

function withQuote(content, quoted, scene) {
  const strip = drawQuote(quoted, scene);
  if (content.matches("div.content:not(.card)")) {
    content.classList.add("quoting");
    content.prepend(strip);
    return content;
  }
  return element("div", { class: "quoting-apart" }, element("div", { class: "content" }, strip), content);
}

export function drawQuote(quoted, scene) {
  if (quoted === null) return element("span", { class: "quote gone" }, label("quoteGone"));
  const source = thumbnailOf(quoted);
  const picture = source ? element("img", { class: "quote-picture", src: source, alt: "", width: 36, height: 36 }) : null;
  const words = element("span", { class: "quote-words" }, element("strong", {}, authorOf(quoted, scene)), element("span", {}, wordsOf(quoted)));
  return element("button", { type: "button", class: "quote", onclick: () => showBubble(quoted.message_id) }, words, picture);
}

function showBubble(messageId) {
  const row = document.querySelector(`[data-message="${CSS.escape(messageId)}"]`);
  if (!row) return;
  row.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  row.classList.add("pointed-at");
  setTimeout(() => row.classList.remove("pointed-at"), SHOWN_MS);
}

function drawFacts(bubbles, scene) {
  const facts = [];
  const last = bubbles.at(-1);
  if (last.via) {
    const free = last.via === "reply";
    facts.push(element("span", { class: `via ${last.via}`, title: label(free ? "freeHint" : "countedHint") }, label(free ? "free" : "counted")));
  }
  const lost = bubbles.find((bubble) => bubble.webhook_reason && bubble.webhook_reason !== "OK");
  if (lost) {
    const reason = lost.webhook_reason === "ERROR_STATUS_CODE" ? lost.webhook_status : lost.webhook_reason;
    facts.push(element("span", { class: "not-taken" }, label("notTaken", { reason })));
  }
  if (last.read && isBy(last, scene)) facts.push(element("span", { class: "read" }, label("read")));
  if (last.edited) facts.push(element("span", {}, label("edited")));
  facts.push(element("time", { dateTime: new Date(last.at).toISOString() }, timeFormat.format(last.at)));
  return element("span", { class: "facts" }, ...facts);
}
