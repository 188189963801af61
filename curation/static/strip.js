// The strip of the last decisions: each can be opened again and taken back, also while it still waits to be sent.

import { fragment } from "./say.js";
import { gettext } from "./words.js";

const LENGTH = 10;
export const strip = document.querySelector("[data-recent]");

export const entryOf = (request) => strip && [...strip.children].find((each) => each.dataset.request === request);

// What waits to be sent is shown at once, built from what the page knows.
export function showWaiting(entry) {
  if (!strip || entryOf(entry.request)) return;
  const item = document.createElement("li");
  item.dataset.request = entry.request;
  item.dataset.items = entry.items.join(" ");
  item.className = "waits";
  const what = document.createElement("span");
  what.className = "what";
  const done = document.createElement("b");
  done.textContent = entry.done;
  const title = document.createElement("span");
  title.textContent = entry.title;
  title.dir = "auto";
  if (entry.items.length === 1) title.lang = document.getElementById(`title-${entry.items[0]}`)?.lang || "";
  what.append(done, " ", mark(), title);
  const undo = document.createElement("button");
  undo.type = "button";
  undo.className = "plain";
  undo.dataset.undoRequest = entry.request;
  undo.textContent = gettext("Undo");
  undo.setAttribute("aria-label", gettext("Undo: {title}", { title: entry.title }));
  item.append(what, undo);
  strip.prepend(item);
  trim();
}

function mark() {
  const waits = document.createElement("span");
  waits.className = "muted";
  waits.textContent = `${gettext("waits to be sent")} `;
  return waits;
}

// The desk's own words take the place of ours; an entry that was taken back meanwhile does not return.
export function showSettled(request, html, takenBack) {
  const old = entryOf(request);
  if (!strip || !html || takenBack) return;
  const fresh = fragment(html);
  const focused = old && old.contains(document.activeElement);
  if (old) old.replaceWith(fresh);
  else strip.prepend(fresh);
  if (focused) fresh.querySelector("button").focus();
  trim();
}

export function showSent(requests) {
  for (const each of strip ? strip.querySelectorAll(".waits") : []) {
    if (!requests.includes(each.dataset.request)) {
      each.classList.remove("waits");
      each.querySelector(".muted")?.remove();
    }
  }
}

export function takeAway(entry) {
  entry?.remove();
  trim();
}

export const newest = () => strip && strip.firstElementChild;

function trim() {
  while (strip.children.length > LENGTH) strip.lastElementChild.remove();
  const none = document.querySelector("[data-no-recent]");
  if (none) none.hidden = strip.children.length > 0;
}
