// What people do in LINE's own console: make an account, read its credentials, enter the webhook URL.
import { byId, element } from "./elements.js";
import { label } from "./labels.js";
import { wire } from "./wire.js";

const randomHex = (bytes) => Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
const randomDigits = () => `165${String(crypto.getRandomValues(new Uint32Array(1))[0] % 10_000_000).padStart(7, "0")}`;

export function startConsole(onChange, channelNow) {
  const accountForm = byId("account-form");
  accountForm.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = {
      channel_id: randomDigits(),
      channel_secret: randomHex(16),
      access_token: randomHex(64),
      display_name: accountForm.elements.display_name.value.trim(),
    };
    const channel = await wire.makeChannel(fields);
    accountForm.reset();
    drawCredentials(fields);
    await onChange(channel);
  });
  const webhookForm = byId("webhook-form");
  webhookForm.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { webhook_url: url, redelivery } = webhookForm.elements;
    const fields = { webhook_url: url.value.trim(), redelivery: redelivery.checked };
    await onChange(await wire.changeChannel(channelNow().channel_id, fields));
    flash(webhookForm.querySelector("button"), "saved", "save");
  });
}

export function showWebhook(channel) {
  const form = byId("webhook-form");
  form.hidden = !channel;
  if (!channel || form.contains(document.activeElement)) return;
  form.elements.webhook_url.value = channel.webhook_url;
  form.elements.redelivery.checked = channel.redelivery;
}

// Shown once, as at LINE: nobody can read the secrets back from the simulator.
function drawCredentials(fields) {
  const list = byId("credentials");
  list.hidden = false;
  const rows = [["channelId", fields.channel_id], ["channelSecret", fields.channel_secret], ["accessToken", fields.access_token]];
  list.replaceChildren(...rows.flatMap(([name, value]) => {
    const code = element("code", {}, value);
    const copy = element("button", { type: "button" }, label("copy"));
    copy.setAttribute("aria-label", `${label("copy")}: ${label(name)}`);
    copy.addEventListener("click", async () => {
      // A frame may be without leave to write to the clipboard: then the value is at least selected.
      getSelection().selectAllChildren(code);
      await navigator.clipboard.writeText(value).then(() => flash(copy, "copied", "copy"), () => {});
    });
    return [element("dt", {}, label(name)), element("dd", {}, code, copy)];
  }));
}

function flash(button, shown, usual) {
  button.textContent = label(shown);
  setTimeout(() => { button.textContent = label(usual); }, 1500);
}
