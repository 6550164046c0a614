// The phone's own LINE emoji, drawn for it. In a text each stands as its name in brackets.
const PRODUCT = "5ac1bfd5040ab15980c9b435";
const NAMES = ["smile", "laugh", "hearteyes", "cry", "angry", "surprised", "heart", "thumbsup", "star", "sparkles"];

export const emojiPicture = (productId, emojiId) =>
  `/sim/sticonshop/v1/sticon/${encodeURIComponent(productId)}/android/${encodeURIComponent(emojiId)}.png`;

export const emoji = NAMES.map((name, index) => {
  const emojiId = String(index + 1).padStart(3, "0");
  return { name, productId: PRODUCT, emojiId, words: `(${name})`, src: emojiPicture(PRODUCT, emojiId) };
});

const IN_TEXT = new RegExp(`\\((${NAMES.join("|")})\\)`, "g");

// Where they stand, as LINE tells it: in UTF-16 units, which is what JavaScript counts.
export function emojiIn(text) {
  return [...text.matchAll(IN_TEXT)].map((found) => {
    const { productId, emojiId } = emoji.find((one) => one.name === found[1]);
    return { index: found.index, length: found[0].length, productId, emojiId };
  });
}
