// Deciding on the queue: at once on the page, then through the line to the desk, then as the desk answers.

import {
  bringBack, cardOf, countUp, fetchMore, list, listState, makeCurrent, passOver, putAway, remove, renew, shown, startAgain,
} from "./cards.js";
import { drop, listen, newRequest, put, waiting } from "./line.js";
import { calm, complain, say, signInLink } from "./say.js";
import { entryOf, newest, showSent, showSettled, showWaiting, strip, takeAway } from "./strip.js";
import { forgetTyped } from "./typed.js";
import { gettext, ngettext } from "./words.js";

const STATE_AFTER = { impactful: "impactful", later: "later", dismiss: "dismissed" };
const DONE = {
  impactful: gettext("Marked impactful"), later: gettext("Put off for later"), dismiss: gettext("Dismissed"),
};
const UNFOLDED = gettext("Given a card of its own");
const NEEDS_TAG = gettext("An impactful item needs at least one tag of an IFLA strategy; choose one, then try again.");
const removedEntries = new Map(); // request of an undo → the strip's entry that it took away, should it be refused

const titleOf = (card) => card.querySelector("h2").textContent.trim();
const fieldsOf = (form) => {
  const fields = {};
  for (const [name, value] of new FormData(form)) {
    if (name !== "csrftoken") (fields[name] ||= []).push(value);
  }
  return fields;
};

// --- what the person does -----------------------------------------------------------------------------------------

export function decide(card, form, action) {
  const ticked = form.querySelector("[name=tag]:checked") || "tagged" in card.dataset;
  if (action === "impactful" && !ticked) {
    complain(card, NEEDS_TAG);
    return;
  }
  calm();
  const entry = {
    kind: "decide",
    request: newRequest(),
    address: form.getAttribute("action"), // form.action would be the button with that name
    fields: { ...fieldsOf(form), action },
    items: [card.dataset.item],
    title: titleOf(card),
    done: DONE[action] || UNFOLDED,
    leaves: STATE_AFTER[action] !== listState(),
  };
  forgetTyped(card.dataset.item);
  countUp(card);
  if (entry.leaves) putAway(card);
  showWaiting(entry);
  say(`${entry.done}: ${entry.title}`);
  put(entry);
  fetchMore();
}

export function decideMany(form, action) {
  const cards = shown().filter((card) => card.querySelector("[name=pick]:checked"));
  if (!cards.length) return;
  calm();
  const leaves = action !== "fold" && STATE_AFTER[action] !== listState();
  const seen = cards.map((card) => card.querySelector("[name=seen]")?.value || "").join(" ");
  const suggested = cards.map((card) => card.querySelector("[name=suggested]")?.value || "").join(" ");
  const entry = {
    kind: "many",
    request: newRequest(),
    address: form.getAttribute("action"),
    fields: { action, seen, suggested, pick: cards.map((card) => card.querySelector("[name=pick]").value) },
    items: cards.map((card) => card.dataset.item),
    title: cards.length === 1 ? titleOf(cards[0]) : ngettext("{number} item", "{number} items", cards.length),
    done: DONE[action] || gettext("Folded into one card"),
    leaves,
  };
  for (const card of cards) {
    if (action !== "fold") countUp(card);
    card.querySelector("[name=pick]").checked = false;
    if (leaves) putAway(card);
  }
  showSelected();
  showWaiting(entry);
  say(`${entry.done}: ${entry.title}`);
  put(entry);
  fetchMore();
}

// Another story after all: the sighting gets a card of its own.
export function unfold(form) {
  const entry = {
    kind: "unfold",
    request: newRequest(),
    address: form.getAttribute("action"),
    fields: { ...fieldsOf(form), action: "unfold" },
    items: [form.querySelector("[name=item]").value],
    title: form.closest("li").querySelector("[lang]").textContent,
    done: UNFOLDED,
  };
  form.hidden = true;
  makeCurrent(form.closest("[data-item]"), true);
  say(`${entry.done}: ${entry.title}`);
  put(entry);
}

export function undo(stripEntry) {
  if (!stripEntry) {
    say(gettext("There is nothing to undo."));
    return;
  }
  calm();
  const { request: of, decision } = stripEntry.dataset;
  const items = (stripEntry.dataset.items || "").split(" ").filter(Boolean);
  const title = (stripEntry.querySelector("a, summary, [dir]") || stripEntry).textContent.trim();
  const form = strip.querySelector("form[data-undo]");
  const address = form ? form.getAttribute("action") : list.dataset.undo;
  const entry = {
    kind: "undo",
    request: newRequest(),
    address,
    fields: of ? { of } : { decision },
    items,
    of,
    title,
    done: "Undone",
  };
  removedEntries.set(entry.request, stripEntry);
  const hadFocus = stripEntry.contains(document.activeElement);
  takeAway(stripEntry);
  // Newest first in the strip, so the first item of many comes back first.
  const back = items.map(cardOf).filter(Boolean);
  for (const card of back) {
    countUp(card);
    if (card.hidden) bringBack(card, false);
  }
  if (back.length) makeCurrent(back[0], true);
  else if (hadFocus) document.getElementById("recent-title").focus();
  say(gettext("Undone: {title}", { title }));
  put(entry);
}

export const undoNewest = () => undo(newest());
export const undoRequest = (request) => undo(entryOf(request));

export function select(card) {
  const box = card && card.querySelector("[name=pick]");
  if (!box) return;
  box.checked = !box.checked;
  showSelected();
  const title = titleOf(card);
  say(box.checked ? gettext("Selected: {title}", { title }) : gettext("No longer selected: {title}", { title }));
}

export function showSelected() {
  const place = document.querySelector("[data-selected]");
  if (!place) return;
  const chosen = shown().filter((card) => card.querySelector("[name=pick]:checked")).length;
  place.textContent = gettext("{number} selected", { number: chosen });
  place.closest("form").classList.toggle("some", chosen > 0);
}

// --- what the desk answers ----------------------------------------------------------------------------------------

const later = (item) => waiting().some((entry) => entry.items.includes(String(item)));

function settled(entry, answer) {
  removedEntries.delete(entry.request);
  const takenBack = waiting().some((each) => each.of === entry.request);
  showSettled(entry.request, answer.recent, takenBack);
  for (const present of answer.items) {
    const card = cardOf(present.item);
    if (!later(present.item)) settle(present, entry);
    else if (card) card.dataset.version = present.version;
  }
  for (const one of answer.refused || []) refuse(one.item, one, entry);
  say(answer.message);
  fetchMore();
}

// The card as it is now: gone, or renewed where it belongs into this list.
function settle(present, entry) {
  if (present.folded || present.state !== listState()) {
    remove(present.item);
    return;
  }
  const card = cardOf(present.item);
  if (!card && entry.kind === "decide") return;
  renew(present.item, present.card, { focus: !card || document.activeElement === document.body });
}

function refused(entry, answer) {
  drop(entry.items);
  takeAway(entryOf(entry.request));
  const taken = removedEntries.get(entry.request);
  if (taken && !answer.card) strip.prepend(taken);
  removedEntries.delete(entry.request);
  say("");
  for (const item of entry.items) refuse(item, answer, entry);
}

// The refused card comes back as the desk has it, with the sentence why; where it is not on this page, the page says it.
function refuse(item, answer, entry) {
  let card = cardOf(item);
  if (answer.card && String(answer.item) === String(item)) card = renew(item, answer.card);
  else if (card) {
    startAgain(card);
    if (entry.kind === "undo") putAway(card);
    else bringBack(card, false);
  }
  if (card && !card.hidden) {
    complain(card, answer.error);
    makeCurrent(card, true);
  } else complain(null, `${entry.title}: ${answer.error}`);
}

// --- the state of the line ----------------------------------------------------------------------------------------

const SENTENCES = {
  unreachable: () => gettext("The desk cannot be reached."),
  "signed-out": () => gettext("Your session has ended."),
  "other-person": (answer) => answer.error || "",
  reload: () => gettext("The desk did not accept this page: load it again."),
};

const waits = (number) =>
  ngettext("{number} decision waits in this browser to be sent.", "{number} decisions wait in this browser to be sent.", number);

let held = false; // something had to wait: its sending is told

function lineChanged(entries, state, answer) {
  if (list) list.setAttribute("aria-busy", String(entries.length > 0));
  showSent(entries.map((entry) => entry.request));
  const place = document.getElementById("line");
  const sentence = entries.length && SENTENCES[state];
  if (!sentence) {
    if (held && !entries.length) say(gettext("Everything is sent."));
    held = held && entries.length > 0;
    if (place.textContent) place.replaceChildren();
    return;
  }
  held = true;
  const text = `${sentence(answer)} ${waits(entries.length)}`;
  if (place.textContent.startsWith(text)) return; // said already
  place.textContent = text;
  if (answer.sign_in) place.append(" ", signInLink(answer.sign_in));
}

// What was decided here before the page was loaded again, and is not sent yet.
function takeUp() {
  const entries = waiting();
  const undone = new Set(entries.map((entry) => entry.of).filter(Boolean));
  for (const entry of entries) {
    const stands = entry.kind !== "undo" && !undone.has(entry.request);
    if (stands) showWaiting(entry);
    else if (entry.of) takeAway(entryOf(entry.of));
    for (const card of entry.items.map(cardOf).filter(Boolean)) {
      countUp(card);
      if (stands && entry.leaves) putAway(card);
    }
  }
}

export function begin() {
  passOver((item) => waiting().some((entry) => entry.leaves && entry.items.includes(item)));
  makeCurrent(shown()[0], false);
  takeUp();
  listen({ settled, refused, changed: lineChanged });
  showSelected();
}
