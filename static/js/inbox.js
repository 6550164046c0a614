// The inbox.

import * as composer from "./composer.js";
import "./countdown.js";
import * as customer from "./customer.js";
import * as live from "./live.js";
import * as notify from "./notify.js";
import * as offers from "./offers.js";
import * as quickreplies from "./quickreplies.js";
import * as thread from "./thread.js";
import * as viewer from "./viewer.js";
import * as worklist from "./worklist.js";
import { partsFor, refresh } from "./fragments.js";

// The page of a contact shows what is said and done in its live conversations.
function watched() {
  const shown = document.getElementById("contact")?.dataset.watches ?? worklist.openedId();
  return shown.split(" ").filter(Boolean);
}

function opened() {
  const name = document.getElementById("thread")?.getAttribute("aria-label");
  notify.setTitle(name ? `${name} · Trunkline` : document.title.replace(/^\(\d+\+?\) /, ""));
  live.watch(watched());
  worklist.markOpened();
  composer.begin();
  thread.followEnd();
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
  // The pages of contacts show offers too, but no conversation.
  if (!document.getElementById("workplace")) {
    location.assign(url);
    return;
  }
  window.htmx.ajax("GET", url, { target: "#workplace" }).then(() => {
    if (worklist.openedId() === conversation && location.pathname !== url) { history.pushState({ htmx: true }, "", url); }
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

// What a click asked for and didn't get is said; live parts say it for themselves (#connection).
function complain(event) {
  if (event.type === "htmx:responseError" && event.detail.xhr.status < 500) { return; }
  document.getElementById("page-trouble").hidden = false;
}

document.addEventListener("htmx:sendError", complain);
document.addEventListener("htmx:responseError", complain);
document.addEventListener("htmx:afterSwap", () => { document.getElementById("page-trouble").hidden = true; });
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-hides]");
  if (button) { document.getElementById(button.dataset.hides).hidden = true; }
});

worklist.start();
thread.start();
viewer.start();
composer.start();
customer.start();
notify.start();
offers.start(open);
quickreplies.start();
live.start();
opened();
