// The panel that makes LINE's endpoints misbehave.
import { byId, element } from "./elements.js";
import { label } from "./labels.js";
import { wire } from "./wire.js";

const KIND_LABELS = { status: "kindStatus", timeout: "kindTimeout", accept_then_timeout: "kindAccept", reset: "kindReset", cut: "kindCut", rate_limit: "kindRate", monthly_limit: "kindMonth" };

export function startTrouble() {
  const form = byId("fault-form");
  const { endpoint, kind, status, times } = form.elements;
  kind.addEventListener("change", () => { status.disabled = kind.value !== "status"; });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = { endpoint: endpoint.value, kind: kind.value };
    if (fields.kind === "status") fields.status = Number(status.value);
    if (times.value) fields.times = Number(times.value);
    drawFaults((await wire.addFault(fields)).faults);
  });
  byId("clear-faults").addEventListener("click", async () => {
    drawFaults((await wire.clearFaults()).faults);
    endpoint.focus();
  });
}

export async function refreshTrouble() {
  drawFaults(await wire.faults());
}

function drawFaults(faults) {
  const list = byId("faults");
  const key = JSON.stringify(faults);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...faults.map(drawFault));
  byId("clear-faults").hidden = faults.length === 0;
  const count = byId("fault-count");
  count.hidden = faults.length === 0;
  count.textContent = String(faults.length);
}

function drawFault(fault) {
  const what = fault.kind === "status" ? String(fault.status) : label(KIND_LABELS[fault.kind]);
  const words = `${fault.endpoint}: ${what} × ${fault.times ?? "∞"}`;
  const take = async () => drawFaults((await wire.removeFault(fault.fault_id)).faults);
  const remove = element("button", { type: "button", class: "quiet", onclick: take }, "✕");
  remove.setAttribute("aria-label", `${label("remove")}: ${words}`);
  return element("li", {}, element("span", {}, words), remove);
}
