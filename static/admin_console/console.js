// The few things the admin pages can't do without a script: copying, and inputs that depend on a switch.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  source.select();
  try {
    await navigator.clipboard.writeText(source.value);
  } catch {
    // Without HTTPS there is no clipboard API; the selection is still there for the old command.
    document.execCommand("copy");
  }
  const status = button.closest(".console-field").querySelector("[data-copy-status]");
  status.textContent = button.dataset.copied;
  button.dataset.label ??= button.textContent;
  button.textContent = button.dataset.copied;
  setTimeout(() => (button.textContent = button.dataset.label), 2000);
});

// <input data-needs="id"> can only be used while the checkbox with that id is ticked.
function followSwitches() {
  for (const input of document.querySelectorAll("[data-needs]")) {
    const ruler = document.getElementById(input.dataset.needs);
    if (ruler) input.disabled = !ruler.checked;
  }
}
document.addEventListener("change", followSwitches);
document.addEventListener("DOMContentLoaded", followSwitches);

// <div data-shown-for="name:value,value"> is there while one of these radio buttons or options is chosen; data-hidden-for is the opposite.
function followChoices() {
  for (const part of document.querySelectorAll("[data-shown-for], [data-hidden-for]")) {
    const [name, values] = (part.dataset.shownFor ?? part.dataset.hiddenFor).split(":");
    const chosen = document.querySelector(`input[name="${name}"]:checked, select[name="${name}"]`);
    if (chosen) part.hidden = values.split(",").includes(chosen.value) !== ("shownFor" in part.dataset);
    else part.hidden = false;
  }
}
document.addEventListener("change", followChoices);
document.addEventListener("DOMContentLoaded", followChoices);

// <input type="checkbox" data-ticked-for="name:value"> follows that radio button until somebody ticks it or not themselves.
document.addEventListener("change", (event) => {
  if (event.target.dataset.tickedFor) { delete event.target.dataset.tickedFor; }
  for (const box of document.querySelectorAll(`[data-ticked-for^="${event.target.name}:"]`)) {
    box.checked = event.target.value === box.dataset.tickedFor.split(":")[1];
  }
  followSwitches();
});

// <input type="checkbox" data-ticks="name"> ticks all boxes of that name in its form.
document.addEventListener("change", ({ target }) => {
  if (!target.dataset.ticks) return;
  for (const box of target.form.querySelectorAll(`input[name="${target.dataset.ticks}"]`)) box.checked = target.checked;
});

// Capacity units as people count: <input data-counts="100"> and the sentence below it.
function countUnits() {
  for (const input of document.querySelectorAll("input[data-counts]")) {
    const sentence = document.querySelector("[data-counted]");
    const units = Number.parseInt(input.value, 10);
    if (!sentence || !(units > 0)) continue;
    const count = Math.floor(Number(input.dataset.counts) / units);
    sentence.textContent = sentence.dataset.counted.replace("{units}", units).replace("{count}", count);
  }
}
document.addEventListener("input", countUnits);
document.addEventListener("DOMContentLoaded", countUnits);

// Unfold hides the page until Alpine has started, and what is hidden can't take the focus. After a rule was moved, the
// focus stays on the button that moved it; otherwise the first input with an error gets it, or the one with autofocus.
function takeFocus() {
  const wish = document.querySelector("[data-focus-first]");
  if (!wish) {
    const wrong = document.querySelector(".console-field.has-errors :is(input, select, textarea)");
    const first = document.activeElement === document.body ? document.querySelector(".console [autofocus]") : null;
    (wrong ?? first)?.focus();
    return;
  }
  const target = document.getElementById(wish.dataset.focusFirst);
  const usable = target?.disabled ? target.closest(".console-rule-moves").querySelector("button:enabled") : target;
  usable?.focus();
  usable?.closest(".console-rule")?.scrollIntoView({ block: "nearest" });
}
document.addEventListener("alpine:initialized", () => requestAnimationFrame(takeFocus));

// On a phone the tabs scroll sideways; the one that is open is in sight.
document.addEventListener("alpine:initialized", () => {
  requestAnimationFrame(() => document.querySelector(".console-tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" }));
});

// Unfold marks its regions by ids alone; a screen reader needs to be told which one is the page.
document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("main")?.setAttribute("role", "main");
});

// Its scrolling boxes are made when everything is there, and are all called the same.
window.addEventListener("load", () => {
  document.querySelectorAll(".simplebar-content-wrapper").forEach((part, number) => {
    if (number) part.setAttribute("aria-label", `${part.getAttribute("aria-label")} ${number + 1}`);
  });
});
