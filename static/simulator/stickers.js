// The phone's own stickers, drawn for it. Their ids lie in a package that LINE lets accounts send.
const PACKAGE = "446";
const FIRST_ID = 1988;
const NAMES = ["hello", "thanks", "ok", "sorry", "happy", "sad", "love", "question"];

export const stickers = NAMES.map((name, index) => ({
  name,
  packageId: PACKAGE,
  stickerId: String(FIRST_ID + index),
  src: `/static/simulator/stickers/${name}.svg`,
}));

export const drawnSticker = (packageId, stickerId) => stickers.find((one) => one.packageId === packageId && one.stickerId === stickerId);
