// Draws template messages: buttons, confirm, carousel, pictures in a row. What can't be drawn shows its alternative text.
import { element } from "./elements.js";
import { drawAction } from "./flex.js";
import { broken } from "./players.js";

export function drawTemplate({ message }, act) {
  const template = message.template ?? {};
  const name = { role: "group", "aria-label": message.altText };
  if (template.type === "buttons" || template.type === "confirm") {
    return element("div", { class: "flex-alone", ...name }, drawColumn(template, act, template.type === "confirm"));
  }
  const draw = template.type === "carousel" ? drawColumn : drawPictureColumn;
  if (!template.columns?.length) return element("div", { class: "content" }, message.altText ?? "");
  return element("div", { class: "carousel", tabIndex: 0, ...name }, ...template.columns.map((column) => draw(column, act)));
}

function drawColumn(column, act, sideBySide = false) {
  const words = element("div", { class: "template-words" }, column.title ? element("strong", {}, column.title) : null, element("span", {}, column.text ?? ""));
  const actions = (column.actions ?? []).map((action) => drawAction(action, "flex-button link low", act, action.label ?? ""));
  const foot = element("div", { class: sideBySide ? "template-actions side-by-side" : "template-actions" }, ...actions);
  return element("div", { class: "flex-bubble hecto template" }, column.thumbnailImageUrl ? drawPicture(column.thumbnailImageUrl) : null, words, foot);
}

function drawPictureColumn(column, act) {
  const foot = element("span", { class: "picture-label" }, column.action?.label ?? "");
  return element("div", { class: "flex-bubble micro template" }, drawAction(column.action, "picture-column", act, drawPicture(column.imageUrl), foot));
}

function drawPicture(src) {
  const picture = element("img", { class: "template-picture", src, alt: "" });
  picture.addEventListener("error", () => picture.replaceWith(broken("picture")));
  return picture;
}
