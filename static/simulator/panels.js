// The drawers below the message field: what to attach, stickers, emoji. One is open at a time.
import { emoji } from "./emoji.js";
import { byId, element } from "./elements.js";
import { label } from "./labels.js";
import { stickers } from "./stickers.js";

const PANELS = [["attach", "attach-panel"], ["sticker", "sticker-panel"]];

export function closePanels() {
  for (const [toggle, panel] of PANELS) show(toggle, panel, false);
}

function show(toggle, panel, open) {
  byId(panel).hidden = !open;
  byId(toggle).setAttribute("aria-expanded", String(open));
}

export function startPanels(chooseSticker, chooseEmoji) {
  for (const [toggle, panel] of PANELS) startPanel(toggle, panel);
  byId("sticker-list").append(...stickers.map((one) => drawChoice(one, label(one.name), 72, () => {
    closePanels();
    byId("sticker").focus();
    chooseSticker(one);
  })));
  byId("emoji-list").append(...emoji.map((one) => drawChoice(one, label(`emoji_${one.name}`), 32, () => chooseEmoji(one))));
  const tabs = [byId("sticker-tab"), byId("emoji-tab")];
  for (const tab of tabs) {
    tab.addEventListener("click", () => chooseTab(tabs, tab));
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      chooseTab(tabs, tabs.find((other) => other !== tab)).focus();
    });
  }
}

function startPanel(toggle, panel) {
  byId(toggle).addEventListener("click", () => {
    const open = byId(panel).hidden;
    closePanels();
    show(toggle, panel, open);
    if (open) byId(panel).querySelector("button:not([hidden], [tabindex='-1'])").focus();
  });
  for (const area of [byId(panel), byId(toggle)]) {
    area.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      closePanels();
      byId(toggle).focus();
    });
  }
}

function chooseTab(tabs, chosen) {
  for (const tab of tabs) {
    tab.setAttribute("aria-selected", String(tab === chosen));
    tab.tabIndex = tab === chosen ? 0 : -1;
    byId(tab.getAttribute("aria-controls")).hidden = tab !== chosen;
  }
  return chosen;
}

function drawChoice({ src }, name, size, onclick) {
  return element("button", { type: "button", title: name, onclick }, element("img", { src, alt: name, width: size, height: size }));
}
