// Small means to build the page: no markup from texts, so that nothing a customer writes can become an element.
export const byId = (id) => document.getElementById(id);

export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") made.className = value;
    else if (key in made && !key.startsWith("aria-")) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// The same name always has the same one of a few colours; CSS knows them by number.
export function hue(text) {
  let sum = 0;
  for (const character of text) sum = (sum * 31 + character.codePointAt(0)) % 997;
  return String(sum % 6);
}

export function initial(name) {
  const [first] = new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(name.trim() || "?");
  return first.segment.toUpperCase();
}

// The picture, or the name's first letter where there is none or it can't be had.
export function paintAvatar(avatar, name, picture = "") {
  const key = JSON.stringify([name, picture]);
  if (avatar.dataset.shows === key) return;
  avatar.dataset.shows = key;
  avatar.textContent = initial(name);
  avatar.dataset.hue = hue(name);
  if (!picture) return;
  const image = element("img", { src: withoutLog(picture), alt: "" });
  image.addEventListener("load", () => avatar.replaceChildren(image));
}

// The simulator's own portraits, asked for so that they don't fill the log of requests.
function withoutLog(address) {
  const { origin, pathname } = new URL(address, location.href);
  return origin === location.origin && pathname.startsWith("/pictures/") ? `/sim${pathname}` : address;
}
