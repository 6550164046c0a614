// The phone page: which account and customer are chosen, and the chat as it changes.
import { actsOfMessage, drawBubbles } from "./bubbles.js";
import { startAttaching } from "./attaching.js";
import { growWords, startComposer } from "./composer.js";
import { showWebhook, startConsole } from "./console.js";
import { byId, element, paintAvatar } from "./elements.js";
import { label, labelPage, language, locale } from "./labels.js";
import { nameOfKind } from "./contents.js";
import { startMenu } from "./menu.js";
import { closePanels } from "./panels.js";
import { cancelReply, startReply } from "./replying.js";
import { refreshTrouble, startTrouble } from "./trouble.js";
import { wire } from "./wire.js";

const CUSTOMER_LANGUAGES = ["ja", "en", "zh-Hant", "th", "es", "da", "ko", "id"];
const DEVICES = ["phone", "desktop", "web"];
const REFRESH_MS = 4000;
const asked = new URLSearchParams(location.search);
const chosen = { channelId: asked.get("channel_id") || "", userId: asked.get("user_id") || "", device: asked.get("device") || "" };
const drafts = new Map();
let channels = [];
let customers = [];
let chatNow = { bubbles: [] };
let listening = null;
let atEnd = true;

const channelNow = () => channels.find((channel) => channel.channel_id === chosen.channelId);
const customerNow = () => customers.find((customer) => customer.user_id === chosen.userId);
const accountName = () => channelNow()?.display_name || "LINE";
const canWrite = () => Boolean(customerNow()) && !customerNow().blocked;
const scene = () => ({
  account: { display_name: "LINE", ...channelNow() },
  customer: customerNow(),
  askUnsend,
  say,
  reply: (bubble) => { if (canWrite()) startReply(bubble, scene()); },
});

// --- What is chosen -------------------------------------------------------------------------------

function rememberChoice() {
  const query = new URLSearchParams(location.search);
  const values = { channel_id: chosen.channelId, user_id: chosen.userId, device: chosen.device };
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

function chooseCustomer(userId, enter = true) {
  const words = byId("words");
  drafts.set(chosen.userId, words.value);
  chosen.userId = userId;
  words.value = drafts.get(userId) || "";
  growWords();
  byId("bubbles").replaceChildren();
  cancelReply();
  rememberChoice();
  drawPeople();
  if (enter) showPane(userId ? "chat" : "people");
  listen();
}

// On a narrow screen only one of the two is there.
function showPane(pane) {
  document.body.dataset.pane = pane;
}

// --- Lists ----------------------------------------------------------------------------------------

async function refreshLists() {
  channels = await wire.channels();
  if (!channelNow()) chosen.channelId = channels[0]?.channel_id || "";
  customers = chosen.channelId ? await wire.users(chosen.channelId) : [];
  drawPeople();
}

function drawPeople() {
  drawAccounts();
  byId("no-account").hidden = channels.length > 0;
  byId("no-customer").hidden = customers.length > 0 || channels.length === 0;
  for (const control of byId("customer-form").elements) control.disabled = channels.length === 0;
  showWebhook(channelNow());
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
  const key = JSON.stringify([customers, chosen.userId]);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.user : null;
  list.replaceChildren(...customers.map(drawCustomer));
  if (focused) list.querySelector(`[data-user="${CSS.escape(focused)}"]`)?.focus();
}

function drawCustomer(customer) {
  const avatar = element("span", { class: "avatar", "aria-hidden": "true" });
  paintAvatar(avatar, customer.display_name, customer.picture_url);
  const words = element("span", { class: "row" }, element("strong", {}, customer.display_name), element("small", {}, lastWords(customer)));
  const tag = element("span", { class: "tag" }, customer.language || "–");
  const button = element("button", { type: "button", onclick: () => chooseCustomer(customer.user_id) }, avatar, words, tag);
  button.dataset.user = customer.user_id;
  if (customer.user_id === chosen.userId) button.setAttribute("aria-current", "true");
  return element("li", {}, button);
}

function lastWords(customer) {
  const shown = customer.last_type && customer.last_type !== "unsent";
  return customer.last_text || (shown ? nameOfKind(customer.last_type) : "");
}

function drawHead() {
  const customer = customerNow();
  byId("account-name").textContent = accountName();
  byId("window-title").textContent = accountName();
  byId("customer-name").textContent = customer ? label("asCustomer", { name: customer.display_name }) : "";
  paintAvatar(byId("account-avatar"), accountName(), channelNow()?.picture_url);
  const block = byId("block");
  block.hidden = !customer;
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
  const { channelId, userId } = chosen;
  let revision = null;
  while (!mine.signal.aborted && channelId && userId) {
    try {
      const chat = await wire.chat(channelId, userId, revision, mine.signal);
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
  const customer = customerNow();
  if (customer) Object.assign(customer, { blocked: chat.blocked, last_text: chat.last_text, last_type: chat.last_type });
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
  await wire.send(chosen.channelId, chosen.userId, message).catch((error) => notify(label("refused", { reason: error.message })));
}

function askUnsend(bubbles) {
  const dialog = byId("unsend");
  dialog.returnValue = "";
  dialog.onclose = async () => {
    byId("words").focus();
    if (dialog.returnValue !== "yes") return;
    for (const { message_id: messageId } of bubbles) await wire.unsend(chosen.channelId, chosen.userId, messageId).catch(() => {});
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
      if (!customerNow() && customers.length) chooseCustomer(customers[0].user_id, false);
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
  startAttaching(() => (canWrite() ? { channelId: chosen.channelId, userId: chosen.userId } : null));
  startMenu((messageId) => actsOfMessage(chatNow, messageId, scene()));
  startCustomerForm();
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
  chooseCustomer(direct ? chosen.userId : customers[0]?.user_id || "", direct);
  refreshForever();
}

start();
