// What the customer writes: text, stickers, a place.
import { byId, element } from "./elements.js";
import { label } from "./labels.js";
import { stickers } from "./stickers.js";

const TALLEST = 132;

export function growWords() {
  const words = byId("words");
  words.style.height = "auto";
  words.style.height = `${Math.min(words.scrollHeight + 2, TALLEST)}px`;
}

export function startComposer(say) {
  const words = byId("words");
  byId("say").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = words.value;
    if (!text.trim()) return;
    words.value = "";
    growWords();
    say({ type: "text", text });
    words.focus();
  });
  words.addEventListener("input", growWords);
  words.addEventListener("keydown", (event) => {
    // While an input method composes, Enter chooses a candidate (some browsers only say so by key code 229).
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    byId("say").requestSubmit();
  });
  byId("location").addEventListener("click", () =>
    say({ type: "location", title: label("place"), address: "東京都千代田区丸の内1丁目", latitude: 35.68116, longitude: 139.76716 }));
  startStickers(say);
}

export function closeStickers() {
  byId("sticker-panel").hidden = true;
  byId("sticker").setAttribute("aria-expanded", "false");
}

function startStickers(say) {
  const panel = byId("sticker-panel");
  const toggle = byId("sticker");
  const choose = (sticker) => {
    closeStickers();
    toggle.focus();
    const { packageId, stickerId, name } = sticker;
    say({ type: "sticker", packageId, stickerId, stickerResourceType: "STATIC", keywords: [label(name)] });
  };
  panel.append(...stickers.map((sticker) => {
    const picture = element("img", { src: sticker.src, alt: label(sticker.name), width: 72, height: 72 });
    return element("button", { type: "button", title: label(sticker.name), onclick: () => choose(sticker) }, picture);
  }));
  toggle.addEventListener("click", () => {
    panel.hidden = !panel.hidden;
    toggle.setAttribute("aria-expanded", String(!panel.hidden));
    if (!panel.hidden) panel.querySelector("button").focus();
  });
  for (const area of [panel, toggle]) {
    area.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      closeStickers();
      toggle.focus();
    });
  }
}
