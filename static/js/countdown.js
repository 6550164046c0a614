// Seconds that run down. The server says how many are left when it answers, so the clock of this computer doesn't matter.

const deadlines = new WeakMap();

function deadlineOf(element) {
  if (!deadlines.has(element)) {
    deadlines.set(element, performance.now() + Number(element.dataset.countdown) * 1_000);
  }
  return deadlines.get(element);
}

export function tick() {
  document.querySelectorAll("[data-countdown]").forEach((element) => {
    const left = Math.max(0, Math.ceil((deadlineOf(element) - performance.now()) / 1_000));
    const number = element.querySelector("[data-left]");
    if (number && number.textContent !== String(left)) { number.textContent = left; }
    const total = Number(element.dataset.total);
    if (total) { element.querySelector("[data-ring]")?.setAttribute("stroke-dashoffset", 100 - Math.min(100, (100 * left) / total)); }
    if (element.classList.contains("countdown")) {
      element.classList.toggle("is-short", left <= 20);
      if (left === 0 && !element.dataset.over) {
        element.dataset.over = "1";
        document.dispatchEvent(new CustomEvent("trunkline:offer-over"));
      }
    } else if (left === 0) {
      element.remove();
    }
  });
}

// Seconds that run on since the server answered.
const starts = new WeakMap();

function countUp() {
  document.querySelectorAll("[data-count-up]").forEach((element) => {
    if (!starts.has(element)) { starts.set(element, performance.now() - Number(element.dataset.countUp) * 1_000); }
    const seconds = Math.floor((performance.now() - starts.get(element)) / 1_000);
    const [minutes, hours] = [Math.floor(seconds / 60) % 60, Math.floor(seconds / 3_600)];
    const parts = hours ? [hours, String(minutes).padStart(2, "0")] : [minutes];
    element.textContent = [...parts, String(seconds % 60).padStart(2, "0")].join(":");
  });
}

setInterval(() => { tick(); countUp(); }, 500);
