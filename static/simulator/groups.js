// Groups on the customer's phone: their rows in the list, who speaks in them, and the form that makes one.
import { byId, element, paintAvatar } from "./elements.js";
import { label } from "./labels.js";
import { nameOfKind } from "./contents.js";
import { wire } from "./wire.js";

export const nameOfGroup = (group) => group.name || group.members.map((member) => member.display_name).join(", ") || label("room");

export function drawGroup(group, isChosen, onclick) {
  const avatar = element("span", { class: "avatar", "aria-hidden": "true" });
  paintAvatar(avatar, nameOfGroup(group), group.picture_url);
  const last = group.last_text || (group.last_type && group.last_type !== "unsent" ? nameOfKind(group.last_type) : "");
  const words = element("span", { class: "row" }, element("strong", {}, nameOfGroup(group)), element("small", {}, last));
  const count = element("span", { class: "tag", title: label("members") }, String(group.members.length));
  const button = element("button", { type: "button", onclick }, avatar, words, count);
  button.dataset.user = group.group_id;
  if (isChosen) button.setAttribute("aria-current", "true");
  return element("li", {}, button);
}

// Who of the members holds this phone.
export function showSpeaker(group, userId) {
  const select = byId("speaker");
  select.hidden = !group;
  if (!group) return;
  const key = JSON.stringify(group.members);
  if (select.dataset.key !== key) {
    select.dataset.key = key;
    select.replaceChildren(...group.members.map((member) => element("option", { value: member.user_id }, member.display_name)));
  }
  select.value = userId;
}

export function offerMembers(customers) {
  const box = byId("group-members");
  const key = JSON.stringify(customers.map((customer) => [customer.user_id, customer.display_name]));
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  box.replaceChildren(...customers.map((customer) =>
    element("label", { class: "check" }, element("input", { type: "checkbox", name: "member", value: customer.user_id }), element("span", {}, customer.display_name))));
}

export function startGroupForm(channelId, onMade) {
  const form = byId("group-form");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const memberIds = [...form.querySelectorAll("[name=member]:checked")].map((box) => box.value);
    const made = await wire.makeGroup({ channel_id: channelId(), name: form.elements.group_name.value.trim(), member_ids: memberIds });
    form.reset();
    byId("new-group").open = false;
    await onMade(made.group_id);
  });
}
