// What a tap on a button of a message does: it speaks for the customer, tells the account, or opens something.
import { byId } from "./elements.js";
import { label } from "./labels.js";

const PICKERS = { date: "date", time: "time", datetime: "datetime-local" };
const TAPPED = ["message", "postback", "datetimepicker", "clipboard", "camera", "cameraRoll", "location"];

export const canBeTapped = (action) => TAPPED.includes(action?.type);

// `say` sends a message, `tell(data, more)` a postback. Returns the function that plays one tap on a bubble.
export function startActing(say, tell) {
  const postback = (action, bubble, params) =>
    tell({ data: action.data, display_text: action.displayText, message_id: bubble.message_id, ...(params ? { params } : {}) });
  const acts = {
    message: (action) => say({ type: "text", text: action.text }),
    postback: (action, bubble) => {
      if (action.inputOption === "openKeyboard") fillIn(action.fillInText ?? "");
      return postback(action, bubble);
    },
    datetimepicker: (action, bubble) => pickTime(action, (value) => postback(action, bubble, { [action.mode]: value })),
    clipboard: (action) => navigator.clipboard.writeText(action.clipboardText).catch(() => {}),
    camera: () => byId("pick-photo").click(),
    cameraRoll: () => byId("pick-photo").click(),
    location: () => byId("location").click(),
  };
  return (action, bubble) => acts[action.type]?.(action, bubble);
}

function fillIn(text) {
  const words = byId("words");
  words.value = text;
  words.dispatchEvent(new Event("input"));
  words.focus();
}

// LINE writes moments as a field for them does, but may separate day and time with a small t.
const moment = (value) => (value ?? "").toUpperCase();

function pickTime(action, onPick) {
  const dialog = byId("pick-time");
  const field = byId("picked-time");
  field.type = PICKERS[action.mode] ?? "date";
  field.min = moment(action.min);
  field.max = moment(action.max);
  field.value = moment(action.initial);
  byId("pick-time-title").textContent = action.label || label("pickTime");
  dialog.returnValue = "";
  dialog.onclose = () => {
    byId("words").focus();
    if (dialog.returnValue === "yes" && field.value) onPick(field.value);
  };
  dialog.showModal();
}
