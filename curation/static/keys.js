// Single keys. They do nothing while somebody types, while an input method composes, and together with the keys that
// belong to the browser.

import { currentCard, list, makeCurrent, step } from "./cards.js";
import { select, undoNewest } from "./deciding.js";
import { strip } from "./strip.js";

const dialog = document.getElementById("keys");
const byCommand = JSON.parse(document.body.dataset.keys || "{}");
const commandOf = new Map(Object.entries(byCommand).map(([command, key]) => [key, command]));
commandOf.set("ArrowDown", "next").set("ArrowUp", "previous");

const press = (card, selector) => card?.querySelector(selector)?.click();

const COMMANDS = {
  impactful: (card) => press(card, "[name=action][value=impactful]"),
  later: (card) => press(card, "[name=action][value=later]"),
  dismiss: (card) => press(card, "[name=action][value=dismiss]"),
  note: (card) => openNote(card),
  edit(card) {
    const first = card?.querySelector("[data-first]");
    if (first) first.focus();
    else press(card, "[data-edit]");
  },
  open: (card) => press(card, "a.original"),
  kept: (card) => press(card, "[data-kept]"),
  next: () => step(1),
  previous: () => step(-1),
  select: (card) => list && select(card),
  undo: () => strip && undoNewest(),
  search: () => document.querySelector("[data-search]")?.select(),
  help: () => dialog.showModal(),
};
const ON_THE_QUEUE = new Set(["next", "previous", "select"]);
const REPEATABLE = new Set(["next", "previous"]); // a key held down decides once

function openNote(card) {
  const note = card?.querySelector("[name=note], [name=why]");
  if (!note) return;
  const folded = note.closest("details");
  if (folded) folded.open = true;
  note.focus();
}

function isField(element) {
  if (element.matches("textarea, select, [contenteditable]")) return true;
  return element.matches("input:not([type=checkbox], [type=radio], [type=submit], [type=button])");
}

// With a Cyrillic or Hangul layout the key of the letter I gives another letter; its place on the keyboard is the same.
function keyOf(event) {
  if (event.key.length > 1) return event.key;
  if (event.key >= " " && event.key <= "~") return event.key.toLowerCase();
  if (event.code.startsWith("Key")) return event.code.slice(3).toLowerCase();
  return event.code.startsWith("Digit") ? event.code.slice(5) : event.key;
}

function keysAreOn() {
  try {
    return localStorage.getItem("desk.keys") !== "off";
  } catch {
    return true;
  }
}

function onKey(event) {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
  if (event.ctrlKey || event.metaKey || event.altKey || dialog?.open) return;
  const target = event.target instanceof Element ? event.target : document.body;
  const within = target.closest("[data-item]");
  if (isField(target)) {
    if (event.key === "Escape") leaveField(target, within);
    return;
  }
  if (!keysAreOn()) return;
  const card = within || currentCard() || document.querySelector("[data-item][data-page]");
  const key = keyOf(event);
  const command = commandOf.get(key);
  const isTag = /^[1-9]$/.test(key);
  if (!isTag && (!command || (ON_THE_QUEUE.has(command) && !list))) return;
  if (target === document.body && card) card.focus({ preventScroll: true }); // the key means this card: so does focus
  if (isTag) press(card, `[data-key="${key}"] input`);
  else if (!event.repeat || REPEATABLE.has(command)) COMMANDS[command](card);
  event.preventDefault();
}

function leaveField(field, card) {
  field.blur();
  if (card && list) makeCurrent(card, true);
}

export function beginKeys() {
  document.addEventListener("keydown", onKey);
  if (!dialog) return;
  const open = document.querySelector("[data-show-keys]");
  open.hidden = false;
  open.addEventListener("click", () => dialog.showModal());
  const on = dialog.querySelector("[data-keys-on]");
  on.checked = keysAreOn();
  on.addEventListener("change", () => {
    try {
      localStorage.setItem("desk.keys", on.checked ? "on" : "off");
    } catch {
      // Without storage the choice holds for nothing; the keys stay on.
    }
  });
}
