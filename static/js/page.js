// Every page: the clock's place, and dialogs that buttons open.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) {
  document.cookie = `timezone=${zone}; path=/; max-age=31536000; samesite=lax`;
}

// Where the names of the pages are wider than a phone, the one that is open is in sight.
document.querySelector(".bar-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    opener.closest("[popover]:popover-open")?.hidePopover();
    document.getElementById(opener.dataset.dialog)?.showModal();
    return;
  }
  const dialog = event.target.closest("dialog");
  if (dialog && (event.target.closest("[data-closes]") || event.target === dialog)) {
    dialog.close();
  }
});

// An answer that a newer wish for the same place has overtaken isn't shown any more. Heard before anybody else hears of it.
const wishes = new WeakMap();
document.addEventListener("htmx:beforeSend", (event) => { wishes.set(event.detail.target, event.detail.xhr); });
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr } = event.detail;
  if (wishes.has(target) && wishes.get(target) !== xhr) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, true);

// A list that is narrowed while somebody chooses from it keeps what was chosen, if it is still there.
const chosen = new WeakMap();
document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  if (target.matches?.("[role=radiogroup]")) { chosen.set(target, target.querySelector("input:checked")?.value); }
});
document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
  const again = [...target.querySelectorAll("input[type=radio]")].find((each) => each.value === chosen.get(target));
  if (again && !again.disabled) { again.checked = true; }
});

// A dialog that the server filled is shown as soon as it is there. What comes into a part of one doesn't open it: it may have been
// closed meanwhile.
document.addEventListener("htmx:afterSwap", (event) => {
  const { target } = event.detail;
  if (target.matches?.("dialog") && !target.open) { target.showModal(); }
});
