// The phone page: which account and customer are chosen, and the chat as it changes.
import { startActing } from "./acting.js";
import { actsOfMessage, drawBubbles } from "./bubbles.js";
import { startAttaching } from "./attaching.js";
import { growWords, startComposer } from "./composer.js";
import { showWebhook, startConsole } from "./console.js";
import { byId, element, paintAvatar } from "./elements.js";
import { label, labelPage, language, locale } from "./labels.js";
import { nameOfKind } from "./contents.js";
import { drawGroup, nameOfGroup, offerMembers, showSpeaker, startGroupForm } from "./groups.js";
import { startMenu } from "./menu.js";
import { closePanels } from "./panels.js";
import { cancelReply, startReply } from "./replying.js";
import { refreshTrouble, startTrouble } from "./trouble.js";
import { wire } from "./wire.js";

const CUSTOMER_LANGUAGES = ["ja", "en", "zh-Hant", "th", "es", "da", "ko", "id"];
const DEVICES = ["phone", "desktop", "web"];
const REFRESH_MS = 4000;
const asked = new URLSearchParams(location.search);
const chosen = {
  channelId: asked.get("channel_id") || "", userId: asked.get("user_id") || "", groupId: asked.get("group_id") || "",
  device: asked.get("device") || "",
};
const drafts = new Map();
let channels = [];
let customers = [];
let groups = [];
let chatNow = { bubbles: [] };
let listening = null;
let newestLists = null;
let loadingEnds = 0;
let atEnd = true;

const channelNow = () => channels.find((channel) => channel.channel_id === chosen.channelId);
const groupNow = () => groups.find((group) => group.group_id === chosen.groupId);
const customerNow = () => (groupNow()?.members ?? customers).find((customer) => customer.user_id === chosen.userId);
const accountName = () => channelNow()?.display_name || "LINE";
const canWrite = () => Boolean(customerNow()) && !customerNow().blocked;
const scene = () => ({
  account: { display_name: "LINE", ...channelNow() },
  customer: customerNow(),
  group: groupNow(),
  askUnsend,
  act,
  reply: (bubble) => { if (canWrite()) startReply(bubble, scene()); },
});

// --- What is chosen -------------------------------------------------------------------------------

function rememberChoice() {
  const query = new URLSearchParams(location.search);
  const values = { channel_id: chosen.channelId, user_id: chosen.userId, group_id: chosen.groupId, device: chosen.device };
  for (const [name, value] of Object.entries(values)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  history.replaceState(null, "", `?${query}`);
}

function chooseDevice(device) {
  chosen.device = DEVICES.includes(device) ? device : "phone";
  document.body.dataset.device = chosen.device;
  for (const radio of document.querySelectorAll("input[name=device]")) radio.checked = radio.value === chosen.device;
  rememberChoice();
  scrollToEnd();
}

async function chooseChannel(channelId) {
  chosen.channelId = channelId;
  await refreshLists();
  byId("new-customer").open = customers.length === 0;
  chooseCustomer(customers[0]?.user_id || "", false);
}

// With a group, the customer is the member who holds the phone.
function chooseCustomer(userId, enter = true, groupId = "") {
  const words = byId("words");
  drafts.set(chosen.groupId || chosen.userId, words.value);
  chosen.userId = userId;
  chosen.groupId = groupId;
  words.value = drafts.get(groupId || userId) || "";
  growWords();
  byId("bubbles").replaceChildren();
  cancelReply();
  rememberChoice();
  drawPeople();
  if (enter) showPane(userId ? "chat" : "people");
  listen();
}

function chooseGroup(groupId, enter = true) {
  const { members } = groups.find((group) => group.group_id === groupId);
  const stays = members.some((member) => member.user_id === chosen.userId);
  chooseCustomer(stays ? chosen.userId : members[0]?.user_id || "", enter, groupId);
}

// On a narrow screen only one of the two is there.
function showPane(pane) {
  document.body.dataset.pane = pane;
}

// --- Lists ----------------------------------------------------------------------------------------

// Only what was asked for last is shown: an older answer doesn't know the customer or account that was just made. Whoever asked
// before is done when the newest answer is there.
function refreshLists() {
  const mine = {};
  const isNewest = () => newestLists === mine;
  mine.done = loadLists(isNewest).then(() => (isNewest() ? undefined : newestLists.done));
  newestLists = mine;
  return mine.done;
}

async function loadLists(isNewest) {
  const found = await wire.channels();
  if (!isNewest()) return;
  channels = found;
  if (!channelNow()) chosen.channelId = channels[0]?.channel_id || "";
  const { channelId } = chosen;
  const [people, talks] = channelId ? await Promise.all([wire.users(channelId), wire.groups(channelId)]) : [[], []];
  if (!isNewest()) return;
  customers = people;
  groups = talks;
  drawPeople();
}

function drawPeople() {
  drawAccounts();
  byId("no-account").hidden = channels.length > 0;
  byId("no-customer").hidden = customers.length > 0 || channels.length === 0;
  for (const control of byId("customer-form").elements) control.disabled = channels.length === 0;
  showWebhook(channelNow());
  offerMembers(customers);
  byId("new-group").hidden = customers.length === 0;
  drawCustomers();
  drawHead();
}

function drawAccounts() {
  const select = byId("account");
  const key = JSON.stringify(channels.map((channel) => [channel.channel_id, channel.display_name]));
  if (select.dataset.key !== key) {
    select.dataset.key = key;
    select.replaceChildren(...channels.map((channel) => element("option", { value: channel.channel_id }, channel.display_name)));
  }
  select.value = chosen.channelId;
  select.disabled = channels.length === 0;
}

function drawCustomers() {
  const list = byId("customers");
  const key = JSON.stringify([customers, groups, chosen.userId, chosen.groupId]);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.user : null;
  const rows = groups.map((group) => drawGroup(group, group.group_id === chosen.groupId, () => chooseGroup(group.group_id)));
  list.replaceChildren(...customers.map(drawCustomer), ...rows);
  if (focused) list.querySelector(`[data-user="${CSS.escape(focused)}"]`)?.focus();
}

function drawCustomer(customer) {
  const avatar = element("span", { class: "avatar", "aria-hidden": "true" });
  paintAvatar(avatar, customer.display_name, customer.picture_url);
  const words = element("span", { class: "row" }, element("strong", {}, customer.display_name), element("small", {}, lastWords(customer)));
  const tag = element("span", { class: "tag" }, customer.language || "–");
  const button = element("button", { type: "button", onclick: () => chooseCustomer(customer.user_id) }, avatar, words, tag);
  button.dataset.user = customer.user_id;
  if (!chosen.groupId && customer.user_id === chosen.userId) button.setAttribute("aria-current", "true");
  return element("li", {}, button);
}

function lastWords(customer) {
  const shown = customer.last_type && customer.last_type !== "unsent";
  return customer.last_text || (shown ? nameOfKind(customer.last_type) : "");
}

function drawHead() {
  const customer = customerNow();
  const group = groupNow();
  const title = group ? nameOfGroup(group) : accountName();
  byId("account-name").textContent = title;
  byId("window-title").textContent = title;
  showSpeaker(group, chosen.userId);
  byId("customer-name").textContent = customer && !group ? label("asCustomer", { name: customer.display_name }) : "";
  paintAvatar(byId("account-avatar"), title, group ? group.picture_url : channelNow()?.picture_url);
  const block = byId("block");
  block.hidden = !customer || Boolean(group);
  block.textContent = label(customer?.blocked ? "unblock" : "block");
  const usable = canWrite();
  for (const control of byId("say").elements) control.disabled = !usable;
  if (!usable) closePanels();
  if (customer?.blocked) notify(label("blocked"));
  else notify(customer ? "" : label("choose"));
}

function notify(words) {
  const notice = byId("notice");
  if (notice.textContent !== words) notice.textContent = words;
  notice.hidden = !words;
}

// --- The chat -------------------------------------------------------------------------------------

async function listen() {
  listening?.abort();
  const mine = new AbortController();
  listening = mine;
  const { channelId } = chosen;
  const chatId = chosen.groupId || chosen.userId;
  let revision = null;
  while (!mine.signal.aborted && channelId && chatId) {
    try {
      const chat = await wire.chat(channelId, chatId, revision, mine.signal);
      if (mine.signal.aborted) return;
      if (revision === null) atEnd = true;
      if (chat.revision !== revision) drawChat(chat);
      revision = chat.revision;
    } catch (error) {
      if (mine.signal.aborted) return;
      revision = null;
      if (error.status !== 404) notify(label("lost"));
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

function drawChat(chat) {
  chatNow = chat;
  drawBubbles(byId("bubbles"), chat, scene());
  clearTimeout(loadingEnds);
  const left = chat.loading_until - chat.now;
  if (left > 0) loadingEnds = setTimeout(() => drawChat({ ...chat, now: chat.loading_until }), left);
  const customer = customerNow();
  const group = groupNow();
  if (group) Object.assign(group, { last_text: chat.last_text, last_type: chat.last_type });
  else if (customer) Object.assign(customer, { blocked: chat.blocked, last_text: chat.last_text, last_type: chat.last_type });
  drawPeople();
}

function scrollToEnd() {
  byId("log").scrollTop = byId("log").scrollHeight;
}

// Whoever reads the newest goes on seeing it, whatever grows or shrinks; whoever has scrolled back is left in peace.
function followEnd() {
  const log = byId("log");
  let last = 0;
  log.addEventListener("scroll", () => {
    const near = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    // What grows below doesn't take anybody away from the end; only going up does.
    if (near || log.scrollTop < last) atEnd = near;
    last = log.scrollTop;
  });
  const observer = new ResizeObserver(() => { if (atEnd) scrollToEnd(); });
  observer.observe(log);
  observer.observe(byId("bubbles"));
}

async function say(message) {
  if (!chosen.userId) return;
  scrollToEnd();
  await wire.send(chosen, message).catch((error) => notify(label("refused", { reason: error.message })));
}

const play = startActing(say, (fields) => wire.postback(chosen, fields).catch((error) => notify(label("refused", { reason: error.message }))));
const act = (action, bubble) => (canWrite() ? play(action, bubble) : undefined);

function askUnsend(bubbles) {
  const dialog = byId("unsend");
  dialog.returnValue = "";
  dialog.onclose = async () => {
    byId("words").focus();
    if (dialog.returnValue !== "yes") return;
    for (const { message_id: messageId } of bubbles) await wire.unsend(chosen, messageId).catch(() => {});
  };
  dialog.showModal();
}

async function blockOrUnblock() {
  const change = customerNow()?.blocked ? wire.unblock : wire.block;
  await change(chosen.channelId, chosen.userId).catch((error) => notify(error.message));
  await refreshLists();
}

// --- Start ----------------------------------------------------------------------------------------

function startCustomerForm() {
  const form = byId("customer-form");
  const { display_name: name, language: tongue } = form.elements;
  const names = new Intl.DisplayNames(language, { type: "language" });
  tongue.append(...CUSTOMER_LANGUAGES.map((tag) => element("option", { value: tag }, names.of(tag))));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const made = await wire.addUser({ channel_id: chosen.channelId, display_name: name.value.trim(), language: tongue.value });
    form.reset();
    byId("new-customer").open = false;
    await refreshLists();
    chooseCustomer(made.user_id);
    byId("words").focus();
  });
}

async function refreshForever() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
    try {
      await refreshLists();
      await refreshTrouble();
      if (!customerNow() && !groupNow() && customers.length) chooseCustomer(customers[0].user_id, false);
    } catch {
      notify(label("lost"));
    }
  }
}

function tick() {
  byId("clock").textContent = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" }).format(new Date());
}

async function start() {
  labelPage();
  if (asked.get("theme")) document.documentElement.dataset.theme = asked.get("theme");
  chooseDevice(chosen.device);
  followEnd();
  startComposer(say, channelNow);
  startAttaching(() => (canWrite() ? { channelId: chosen.channelId, userId: chosen.userId, groupId: chosen.groupId } : null));
  startMenu((messageId) => actsOfMessage(chatNow, messageId, scene()));
  startCustomerForm();
  startGroupForm(() => chosen.channelId, async (groupId) => {
    await refreshLists();
    chooseGroup(groupId);
  });
  byId("speaker").addEventListener("change", (event) => chooseCustomer(event.target.value, true, chosen.groupId));
  startTrouble();
  startConsole((channel) => (channel.channel_id === chosen.channelId ? refreshLists() : chooseChannel(channel.channel_id)), channelNow);
  byId("account").addEventListener("change", (event) => chooseChannel(event.target.value));
  byId("block").addEventListener("click", blockOrUnblock);
  byId("back").addEventListener("click", () => {
    showPane("people");
    byId("customers").querySelector("[aria-current]")?.focus();
  });
  for (const radio of document.querySelectorAll("input[name=device]")) radio.addEventListener("change", () => chooseDevice(radio.value));
  tick();
  setInterval(tick, 10_000);
  byId("trouble").open = window.matchMedia("(min-width: 1200px)").matches;
  await refreshLists().catch(() => notify(label("lost")));
  await refreshTrouble().catch(() => {});
  const direct = Boolean(customerNow());
  if (groupNow()) chooseGroup(chosen.groupId);
  else chooseCustomer(direct ? chosen.userId : customers[0]?.user_id || "", direct);
  refreshForever();
}

start();
