// The inbox.

import * as composer from "./composer.js";
import "./countdown.js";
import * as live from "./live.js";
import * as notify from "./notify.js";
import * as offers from "./offers.js";
import * as thread from "./thread.js";
import * as worklist from "./worklist.js";
import { partsFor, refresh } from "./fragments.js";

function opened() {
  const name = document.getElementById("thread")?.getAttribute("aria-label");
  notify.setTitle(name ? `${name} · Trunkline` : document.title.replace(/^\(\d+\+?\) /, ""));
  live.watch(worklist.openedId());
  worklist.markOpened();
  composer.begin();
  thread.toEnd();
  thread.read();
}

function open(conversation) {
  // What is open already gets its new parts; a dialog or a draft in it stays.
  if (conversation === worklist.openedId()) {
    partsFor("conversation").forEach(refresh);
    refreshList();
    return;
  }
  const url = `/inbox/${conversation}/`;
  window.htmx.ajax("GET", url, { target: "#workplace" }).then(() => {
    if (location.pathname !== url) { history.pushState({ htmx: true }, "", url); }
  });
  refreshList();
}

function refreshList() {
  const list = document.getElementById("worklist");
  if (list) { refresh(list); }
}

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "workplace") {
    opened();
    refreshList();
  }
  if (event.detail.target.id === "worklist") {
    worklist.markOpened();
    notify.showCount();
  }
});

worklist.start();
thread.start();
composer.start();
notify.start();
offers.start(open);
live.start();
opened();
