// The menu of one bubble, opened by a long press, the right mouse button or the menu key.
import { byId, element } from "./elements.js";
import { label } from "./labels.js";

const EDGE = 8;

// `actsOf(messageId)` gives what can be done with a bubble: [name of the label, function].
export function startMenu(actsOf) {
  const menu = byId("bubble-menu");
  byId("bubbles").addEventListener("contextmenu", (event) => {
    const row = event.target.closest(".bubble");
    const acts = row ? actsOf(row.dataset.message) : [];
    if (!acts.length || !getSelection().isCollapsed || event.target.closest("p a, .content:not(.picture, .file-card) > a")) return;
    event.preventDefault();
    open(menu, acts, event);
  });
  menu.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const items = [...menu.children];
    items.at((items.indexOf(document.activeElement) + step) % items.length).focus();
  });
}

function open(menu, acts, { clientX, clientY, target }) {
  menu.replaceChildren(...acts.map(([name, act]) => {
    const choose = () => {
      menu.hidePopover();
      act();
    };
    return element("button", { type: "button", role: "menuitem", onclick: choose }, label(name));
  }));
  menu.showPopover();
  // The menu key tells no place: then it opens over the bubble.
  const { left, top } = target.getBoundingClientRect();
  const [x, y] = clientX || clientY ? [clientX, clientY] : [left, top];
  menu.style.left = `${Math.max(EDGE, Math.min(x, innerWidth - menu.offsetWidth - EDGE))}px`;
  menu.style.top = `${Math.max(EDGE, Math.min(y, innerHeight - menu.offsetHeight - EDGE))}px`;
  menu.firstElementChild.focus();
}
