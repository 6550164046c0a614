// Draws Flex messages: bubbles and carousels of boxes, texts, pictures, buttons and lines, in the measures of LINE's app.
import { canBeTapped } from "./acting.js";
import { element } from "./elements.js";
import { broken } from "./players.js";

const TEXT = { xxs: 11, xs: 13, sm: 14, md: 16, lg: 19, xl: 22, xxl: 29, "3xl": 35, "4xl": 48, "5xl": 74 };
const GAP = { none: 0, xs: 2, sm: 4, md: 8, lg: 12, xl: 16, xxl: 20 };
const PICTURE = { xxs: 40, xs: 60, sm: 80, md: 100, lg: 120, xl: 140, xxl: 160, "3xl": 180, "4xl": 200, "5xl": 220 };
const CORNER = { none: 0, xs: 2, sm: 4, md: 8, lg: 12, xl: 16, xxl: 20 };
const SIZES = ["nano", "micro", "deca", "hecto", "kilo", "mega", "giga"];
const COLOUR = /^#[0-9a-f]{6}([0-9a-f]{2})?$/i;
const DEEPEST = 20;

export function drawFlex({ message }, act) {
  const contents = message.contents ?? {};
  const bubbles = contents.type === "carousel" ? contents.contents ?? [] : [contents];
  const drawn = bubbles.map((bubble) => drawFlexBubble(bubble, act));
  const name = { role: "group", "aria-label": message.altText };
  return element("div", bubbles.length > 1 ? { class: "carousel", tabIndex: 0, ...name } : { class: "flex-alone", ...name }, ...drawn);
}

// A tap on a link opens it; `act` plays any other.
export function drawAction(action, classes, act, ...children) {
  if (action?.type === "uri" && isOpenable(action.uri)) {
    return element("a", { class: classes, href: action.uri, target: "_blank", rel: "noopener noreferrer" }, ...children);
  }
  const usable = canBeTapped(action);
  return element("button", { type: "button", class: classes, disabled: !usable, onclick: usable ? () => act(action) : null }, ...children);
}

export function isOpenable(address) {
  try {
    return ["http:", "https:", "tel:", "line:"].includes(new URL(address).protocol);
  } catch {
    return false;
  }
}

function drawFlexBubble(bubble, act) {
  const size = SIZES.includes(bubble.size) ? bubble.size : "mega";
  const box = element("div", { class: `flex-bubble ${size}`, dir: bubble.direction === "rtl" ? "rtl" : "ltr" });
  for (const name of ["header", "hero", "body", "footer"]) {
    if (!bubble[name]) continue;
    const block = element("div", { class: `flex-${name}` }, drawComponent(bubble[name], act, "vertical", 0));
    const style = bubble.styles?.[name];
    paint(block, "backgroundColor", style?.backgroundColor);
    if (style?.separator) block.classList.add("separated");
    box.append(block);
  }
  return box;
}

function drawComponent(component, act, layout, depth) {
  if (depth > DEEPEST) return "";
  const draw = { box: drawBox, text: drawFlexText, image: drawFlexImage, button: drawFlexButton, separator: drawSeparator, icon: drawIcon, span: drawSpan };
  const drawn = draw[component?.type]?.(component, act, depth) ?? element("div", { class: "flex-filler" });
  place(drawn, component ?? {}, layout);
  return drawn;
}

// How a component sits in its box.
function place(drawn, component, layout) {
  const usual = layout === "vertical" || ["icon", "separator"].includes(component.type) ? 0 : 1;
  const share = component.flex ?? (component.type === "filler" ? 1 : usual);
  drawn.style.flex = share > 0 ? `${share} 1 0` : "0 0 auto";
  if (layout === "vertical" && share > 0) drawn.style.flexBasis = "auto";
  const margin = measure(component.margin, GAP);
  if (margin !== null) drawn.style[layout === "vertical" ? "marginBlockStart" : "marginInlineStart"] = margin;
  if (component.position === "absolute") {
    drawn.classList.add("flex-absolute");
    for (const side of ["Top", "Bottom", "Start", "End"]) {
      const offset = measure(component[`offset${side}`], GAP);
      if (offset !== null) drawn.style[{ Top: "top", Bottom: "bottom", Start: "insetInlineStart", End: "insetInlineEnd" }[side]] = offset;
    }
  }
}

function drawBox(box, act, depth) {
  const layout = ["horizontal", "baseline"].includes(box.layout) ? box.layout : "vertical";
  const children = (box.contents ?? []).map((child) => drawComponent(child, act, layout, depth + 1));
  const drawn = box.action ? drawAction(box.action, `flex-box ${layout}`, act, ...children) : element("div", { class: `flex-box ${layout}` }, ...children);
  const gap = measure(box.spacing, GAP);
  if (gap !== null) drawn.style.gap = gap;
  for (const [name, side] of [["paddingAll", "padding"], ["paddingTop", "paddingTop"], ["paddingBottom", "paddingBottom"],
    ["paddingStart", "paddingInlineStart"], ["paddingEnd", "paddingInlineEnd"]]) {
    const padding = measure(box[name], GAP);
    if (padding !== null) drawn.style[side] = padding;
  }
  for (const name of ["width", "height", "maxWidth", "maxHeight"]) {
    const size = measure(box[name], {});
    if (size !== null) drawn.style[name] = size;
  }
  paint(drawn, "backgroundColor", box.backgroundColor);
  if (COLOUR.test(box.borderColor ?? "")) drawn.style.border = `${measure(box.borderWidth, { light: 0.5, normal: 1, "semi-bold": 2, bold: 3, none: 0 }) ?? "1px"} solid ${box.borderColor}`;
  const corner = measure(box.cornerRadius, CORNER);
  if (corner !== null) drawn.style.borderRadius = corner;
  if (box.justifyContent) drawn.style.justifyContent = box.justifyContent;
  if (box.alignItems) drawn.style.alignItems = box.alignItems;
  return drawn;
}

function drawFlexText(text, act) {
  const words = text.contents?.length ? text.contents.map((span) => drawSpan(span)) : [text.text ?? ""];
  const classes = `flex-text ${text.wrap ? "wrapping" : ""}`;
  const drawn = text.action ? drawAction(text.action, classes, act, ...words) : element("div", { class: classes }, ...words);
  letter(drawn, text, "md");
  if (["start", "end", "center"].includes(text.align)) drawn.style.textAlign = text.align;
  const gravity = { center: "center", bottom: "end" }[text.gravity];
  if (gravity) drawn.style.alignSelf = gravity;
  if (text.wrap && text.maxLines > 0) {
    drawn.classList.add("cut");
    drawn.style.webkitLineClamp = String(text.maxLines);
  }
  return drawn;
}

function drawSpan(span) {
  const drawn = element("span", {}, span.text ?? "");
  letter(drawn, span, null);
  return drawn;
}

function letter(drawn, text, usual) {
  const size = measure(text.size ?? usual, TEXT);
  if (size !== null) drawn.style.fontSize = size;
  if (text.weight === "bold") drawn.style.fontWeight = "700";
  if (text.style === "italic") drawn.style.fontStyle = "italic";
  if (["underline", "line-through"].includes(text.decoration)) drawn.style.textDecoration = text.decoration;
  paint(drawn, "color", text.color);
}

function drawFlexImage(image, act) {
  const picture = element("img", { src: image.url, alt: "" });
  const [width, height] = /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/.exec(image.aspectRatio ?? "")?.slice(1) ?? [1, 1];
  picture.style.aspectRatio = `${width} / ${height}`;
  picture.style.objectFit = image.aspectMode === "cover" ? "cover" : "contain";
  const drawn = image.action ? drawAction(image.action, "flex-image", act, picture) : element("div", { class: "flex-image" }, picture);
  drawn.style.width = image.size === "full" ? "100%" : measure(image.size ?? "md", PICTURE) ?? "100px";
  paint(drawn, "backgroundColor", image.backgroundColor);
  picture.addEventListener("error", () => picture.replaceWith(broken("picture")));
  return drawn;
}

function drawIcon(icon) {
  const drawn = element("img", { class: "flex-icon", src: icon.url, alt: "" });
  drawn.style.height = measure(icon.size ?? "md", TEXT) ?? "16px";
  return drawn;
}

function drawFlexButton(button, act) {
  const style = ["primary", "secondary"].includes(button.style) ? button.style : "link";
  const drawn = drawAction(button.action, `flex-button ${style} ${button.height === "sm" ? "low" : ""}`, act, button.action?.label ?? "");
  paint(drawn, style === "link" ? "color" : "backgroundColor", button.color);
  return drawn;
}

const drawSeparator = (separator) => {
  const drawn = element("div", { class: "flex-separator", role: "separator" });
  paint(drawn, "backgroundColor", separator.color);
  return drawn;
};

function paint(drawn, property, colour) {
  if (COLOUR.test(colour ?? "")) drawn.style[property] = colour;
}

// A keyword or a number of pixels or per cent; null for anything else.
function measure(value, keywords) {
  if (value in keywords) return `${keywords[value]}px`;
  return /^\d+(\.\d+)?(px|%)$/.test(value ?? "") ? value : null;
}
