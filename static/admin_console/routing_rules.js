// Routing rules: every button works without this script. With it the page isn't loaded anew, rules can be dragged, and
// a choice that changes the fields beside it takes effect at once.

const page = document.getElementById("routing-rules");
const said = document.getElementById("routing-said");

const form = () => page.querySelector("form");
const pressed = (value) => {
  const button = document.createElement("button");
  button.name = "do";
  button.value = value;
  return button;
};

// Send the whole form as the button would, and put the answer in its place. Meanwhile nothing can be typed: it would be lost.
async function send(button) {
  const body = new FormData(form());
  if (button.name) body.append(button.name, button.value);
  const focused = document.activeElement;
  page.inert = true;
  page.setAttribute("aria-busy", "true");
  try {
    const address = button.getAttribute("formaction") || form().getAttribute("action");
    const answer = await fetch(address, { method: "POST", body, headers: { "X-Requested-With": "fetch" } });
    const sent = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("routing-rules");
    if (!answer.ok || !sent) throw new Error(answer.statusText);
    page.inert = false;
    show(sent, focused.id);
  } catch {
    page.inert = false;
    focused.focus();
    said.textContent = page.dataset.failed;
  } finally {
    page.removeAttribute("aria-busy");
  }
}

// Buttons that are pictures say to whoever points at them what they say to those who can't see them.
function say() {
  for (const button of page.querySelectorAll("button[aria-label]")) button.title = button.ariaLabel;
}

function show(sent, before) {
  page.replaceChildren(...sent.childNodes);
  say();
  const wish = page.querySelector("[data-focus-first]");
  const target = document.getElementById(wish?.dataset.focusFirst || before);
  const usable = target?.disabled ? target.parentElement.querySelector("button:enabled") : target;
  usable?.focus({ preventScroll: true });
  usable?.scrollIntoView({ block: "nearest" });
  said.textContent = wish?.dataset.said ?? "";
}

page.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || button.name === "publish") return;
  event.preventDefault();
  send(button);
});

// A fact or an operator chooses the fields beside it.
page.addEventListener("change", ({ target }) => {
  if (target.matches("[data-asks]")) send(pressed("refresh"));
});

// Alt with an arrow moves the rule that has the focus.
page.addEventListener("keydown", (event) => {
  const verb = { ArrowUp: "up", ArrowDown: "down" }[event.key];
  const row = event.target.closest("[data-rule]");
  if (!event.altKey || !verb || !row || event.target.matches("select, textarea")) return;
  event.preventDefault();
  const button = document.getElementById(`${verb}-${row.dataset.rule}`);
  if (button && !button.disabled) send(button);
});

// Dragging by the grip; a rule takes the place of the one it is dropped on, within its own list.
let dragged = null;
page.addEventListener("dragstart", (event) => {
  const grip = event.target.closest?.(".console-rule-grip");
  if (!grip) return;
  dragged = grip.closest("[data-rule]");
  dragged.classList.add("is-dragged");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.rule);
  event.dataTransfer.setDragImage(dragged, 12, 12);
});
const under = (event) => {
  const row = event.target.closest?.("[data-rule]");
  return dragged && row && row !== dragged && row.parentElement === dragged.parentElement ? row : null;
};
const mark = (row, after) => {
  for (const each of page.querySelectorAll(".is-before, .is-after")) each.classList.remove("is-before", "is-after");
  row?.classList.add(after ? "is-after" : "is-before");
};
page.addEventListener("dragover", (event) => {
  const row = under(event);
  if (!row) return;
  event.preventDefault();
  mark(row, Boolean(dragged.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING));
});
page.addEventListener("drop", (event) => {
  const row = under(event);
  if (!row) return;
  event.preventDefault();
  const command = `move ${dragged.dataset.rule} ${row.dataset.rule}`;
  drop();
  send(pressed(command));
});
const drop = () => {
  dragged?.classList.remove("is-dragged");
  dragged = null;
  mark(null);
};
page.addEventListener("dragend", drop);

// What isn't published is lost with the page.
let leaving = false;
document.addEventListener("submit", (event) => { leaving = event.submitter?.name === "publish"; });
window.addEventListener("beforeunload", (event) => {
  if (!leaving && page.querySelector("[data-unpublished]")) event.preventDefault();
});
say();
document.documentElement.classList.add("has-script");
