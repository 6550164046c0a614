// The words that scripts say, translated in the page (#script-words), and the place where they are said aloud.

const words = document.getElementById("script-words")?.dataset ?? {};

export function say(name) {
  return words[name] ?? "";
}

export function announce(sentence) {
  const announcer = document.getElementById("announcer");
  if (announcer) {
    announcer.textContent = "";
    setTimeout(() => { announcer.textContent = sentence; }, 50);
  }
}
