// The cards on the page and the one at work: showing, hiding, stepping, loading the next ones.

import { complain, fragment, say } from "./say.js";
import { gettext } from "./words.js";

export const list = document.querySelector("[data-cards]");
const heading = document.getElementById("queue-title");
const LOW = 10; // with fewer cards left, the next page is fetched
let current = null;
let tellCurrent = () => {};
let loading = null;
let notWanted = () => false; // cards that were decided here, and of which the desk does not know yet

export const shown = () => (list ? [...list.querySelectorAll(":scope > [data-item]:not([hidden])")] : []);
export const cardOf = (item) => document.getElementById(`item-${item}`);
export const currentCard = () => current;
export const listState = () => (list ? list.dataset.state : "");

export function passOver(test) {
  notWanted = test;
}

export function onCurrent(told) {
  tellCurrent = told;
}

export function makeCurrent(card, focus) {
  if (current) current.classList.remove("current");
  current = card || null;
  tellCurrent();
  if (!current) return;
  current.classList.add("current");
  if (focus) {
    current.focus({ preventScroll: true });
    current.scrollIntoView({ block: "nearest" });
  }
}

export function step(by) {
  const all = shown();
  const place = all.indexOf(current);
  makeCurrent(all[Math.min(Math.max(place + by, 0), all.length - 1)], true);
}

// The card leaves the page; the one after it (else before it) is at work. It is kept hidden, so that it can come back.
export function putAway(card) {
  if (card.hidden) return;
  const all = shown();
  const place = all.indexOf(card);
  card.hidden = true;
  const box = card.querySelector("[name=pick]");
  if (box) box.checked = false;
  count(-1);
  if (card === current || !current || current.hidden) makeCurrent(all[place + 1] || all[place - 1], true);
  showEmptiness();
}

export function bringBack(card, focus = true) {
  if (card.hidden) count(1);
  card.hidden = false;
  if (focus) makeCurrent(card, true);
  showEmptiness();
}

// The card as the desk has it now takes the place of the old one, or comes first where there is none.
export function renew(item, html, { focus = false } = {}) {
  const old = cardOf(item);
  const fresh = fragment(html);
  const wasCurrent = old !== null && old === current;
  const hadFocus = old !== null && old.contains(document.activeElement);
  if (old) {
    keepTyped(old, fresh);
    if (old.hidden) count(1);
    old.replaceWith(fresh);
  } else {
    list.prepend(fresh);
    count(1);
  }
  if (focus || hadFocus) makeCurrent(fresh, true);
  else if (wasCurrent) makeCurrent(fresh, false);
  showEmptiness();
  return fresh;
}

function keepTyped(old, fresh) {
  const [typed, note] = [old, fresh].map((card) => card.querySelector("[name=note]"));
  if (!typed || !note || !typed.value) return;
  note.value = typed.value;
  note.closest("details").open = true;
}

export function remove(item) {
  const card = cardOf(item);
  if (!card) return;
  const leaves = card === current;
  if (!card.hidden) putAway(card);
  else if (leaves) makeCurrent(shown()[0], false);
  card.remove();
}

// Each decision and each undoing adds one to an item's version. The next sending must name the version that the item
// has once everything in the line is made; `data-version` is what the desk said last.
export function countUp(card) {
  setNext(card, Number(card.dataset.expected || card.dataset.version) + 1);
}

export function startAgain(card, version = card.dataset.version) {
  card.dataset.version = version;
  setNext(card, version);
}

function setNext(card, version) {
  card.dataset.expected = version;
  const field = card.querySelector("[data-decide] > [name=version]");
  if (field) field.value = version;
  const box = card.querySelector("[name=pick]");
  if (box) box.value = `${card.dataset.item}:${version}`;
}

// The number in the heading, and the one behind the state among the filters.
export function count(by) {
  for (const place of document.querySelectorAll("[data-count], [name=state] option:checked"))
    place.textContent = place.textContent.replace(/^(\d+)$|(?<=\()\d+(?=\)$)/, (number) => Math.max(0, Number(number) + by));
}

export function showEmptiness() {
  if (!list) return;
  const none = shown().length === 0;
  const more = document.querySelector("[data-next]");
  const empty = document.querySelector("[data-empty]");
  if (empty) empty.hidden = !none || Boolean(more);
  if (!none) return;
  makeCurrent(null);
  heading.focus();
  if (more) say(gettext("Loading the next cards …"));
}

// The next page is fetched while there are still cards to decide on, so that the next one is always there.
export function fetchMore() {
  if (!loading) loading = fetchPage().finally(() => (loading = null));
  return loading;
}

async function fetchPage() {
  for (let next = nextPage(); next && shown().length < LOW; next = nextPage()) {
    try {
      const response = await fetch(next.href, { credentials: "same-origin" });
      if (!response.ok || response.redirected) throw new Error(String(response.status));
      append(new DOMParser().parseFromString(await response.text(), "text/html"), next);
    } catch {
      if (!shown().length) complain(null, gettext("More cards wait. They are loaded as soon as the desk can be reached."));
      return;
    }
  }
}

const nextPage = () => document.querySelector("[data-next]");

function append(page, next) {
  for (const card of page.querySelectorAll("[data-cards] > [data-item]")) {
    if (!cardOf(card.dataset.item) && !notWanted(card.dataset.item)) list.append(document.adoptNode(card));
  }
  const after = page.querySelector("[data-next]");
  if (after) next.href = after.getAttribute("href");
  else next.remove();
  if (!current || !current.isConnected || current.hidden) makeCurrent(shown()[0], document.activeElement === heading);
  showEmptiness();
}
