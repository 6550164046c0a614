// Pictures of a thread, large: one after the other with the arrow keys. Without a script each opens in a tab of its own.

let shown = null;

function pictures() {
  return [...document.querySelectorAll("#messages [data-picture]")];
}

function show(link) {
  const viewer = document.getElementById("viewer");
  shown = link;
  const picture = viewer.querySelector("img");
  picture.src = link.href;
  picture.alt = link.querySelector("img").alt;
  viewer.querySelector("a").href = link.href;
  const all = pictures();
  viewer.querySelectorAll("[data-step]").forEach((button) => { button.disabled = !all[all.indexOf(link) + Number(button.dataset.step)]; });
  if (!viewer.open) { viewer.showModal(); }
}

function step(by) {
  const all = pictures();
  // The thread may have been drawn anew meanwhile, and the link with it.
  const here = all.includes(shown) ? shown : all.find((link) => link.href === shown.href);
  const next = all[all.indexOf(here) + by];
  if (next) { show(next); }
}

export function start() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-picture]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      show(link);
    }
    const button = event.target.closest("#viewer [data-step]");
    if (button) { step(Number(button.dataset.step)); }
  });
  document.getElementById("viewer")?.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") { step(-1); }
    if (event.key === "ArrowRight") { step(1); }
  });
  document.getElementById("viewer")?.addEventListener("close", () => { shown?.focus(); });
}
