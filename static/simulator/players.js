// Sounds and films, and what stands there when one can't be had.
import { element } from "./elements.js";
import { label } from "./labels.js";

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

export function broken(kind) {
  return element("span", { class: "content broken" }, label(`broken_${kind}`));
}

export function drawVideo(src, poster, duration) {
  const video = element("video", { class: "film", src, poster, preload: poster ? "none" : "metadata", playsInline: true });
  const play = element("button", { type: "button", class: "play", "aria-label": label("play") }, element("span", { "aria-hidden": "true" }));
  const length = duration ? element("span", { class: "length" }, clock(duration / 1000)) : null;
  const box = element("div", { class: "content player" }, video, play, length);
  play.addEventListener("click", () => {
    play.remove();
    length?.remove();
    video.controls = true;
    video.play().catch(() => {});
    video.focus();
  });
  video.addEventListener("error", () => box.replaceWith(broken("video")));
  return box;
}

export function drawAudio(src, duration) {
  const audio = element("audio", { src, preload: "none" });
  const play = element("button", { type: "button", class: "sound-button", "aria-label": label("play") });
  const bar = element("progress", { max: 1, value: 0, "aria-hidden": "true" });
  const time = element("span", { class: "length" }, duration ? clock(duration / 1000) : label("audio"));
  const box = element("div", { class: "content sound" }, play, bar, time, audio);
  play.addEventListener("click", () => (audio.paused ? audio.play().catch(() => {}) : audio.pause()));
  const show = () => {
    play.classList.toggle("playing", !audio.paused);
    play.setAttribute("aria-label", label(audio.paused ? "play" : "pause"));
    const all = Number.isFinite(audio.duration) ? audio.duration : (duration ?? 0) / 1000;
    bar.value = all ? Math.min(audio.currentTime / all, 1) : 0;
    if (audio.currentTime) time.textContent = clock(audio.currentTime);
  };
  for (const name of ["play", "pause", "timeupdate", "ended"]) audio.addEventListener(name, show);
  audio.addEventListener("error", () => box.replaceWith(broken("audio")));
  return box;
}
