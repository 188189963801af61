// The desk without this script works by posting forms; with it, decisions are sent behind the page and keys do the work.
"use strict";

const csrf = document.body.dataset.csrf;
const statusLine = document.getElementById("status");
const problemLine = document.getElementById("problem");
const keysDialog = document.getElementById("keys");
const list = document.querySelector("[data-cards]");
const recent = document.querySelector("[data-recent]");
const LOW = 8; // with fewer cards left, the next page is fetched
let current = null;
let loading = false;

// --- saying things -----------------------------------------------------------------------------------------------

function say(text) {
  statusLine.textContent = text;
}

function complain(card, text, signIn) {
  const place = (card && card.querySelector("[data-problem]")) || problemLine;
  place.textContent = text;
  if (signIn) {
    const link = document.createElement("a");
    link.href = signIn;
    link.target = "_blank";
    link.textContent = "Sign in";
    place.append(" ", link);
  }
  place.hidden = false;
}

function localTimes(root) {
  for (const time of root.querySelectorAll("time[data-local]")) {
    time.textContent = new Date(time.dateTime).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  }
}

// --- the current card --------------------------------------------------------------------------------------------

function cards() {
  return list ? [...list.querySelectorAll("[data-item]:not([hidden])")] : [];
}

function makeCurrent(card, focus) {
  if (current) current.classList.remove("current");
  current = card || null;
  if (!current) return;
  current.classList.add("current");
  if (focus) {
    current.focus({ preventScroll: true });
    current.scrollIntoView({ block: "nearest" });
  }
}

function step(by) {
  const all = cards();
  const place = all.indexOf(current);
  makeCurrent(all[Math.min(Math.max(place + by, 0), all.length - 1)], true);
}

function count(by) {
  const shown = document.querySelector("[data-count]");
  if (shown) shown.textContent = String(Math.max(0, Number(shown.textContent) + by));
}

function showEmptiness() {
  const empty = document.querySelector("[data-empty]");
  if (empty) empty.hidden = cards().length > 0;
  if (!cards().length) document.getElementById("queue-title").focus();
  const none = document.querySelector("[data-no-recent]");
  if (none) none.hidden = recent.children.length > 0;
}

function cardFrom(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

// --- sending -----------------------------------------------------------------------------------------------------

// What is done is sent one after the other, in the order it was done: an undo never overtakes the decision it means.
let line = Promise.resolve();
let waiting = 0;

function inTurn(work) {
  wait(1);
  line = line.then(work, work).finally(() => wait(-1));
}

function wait(by) {
  waiting += by;
  list.setAttribute("aria-busy", String(waiting > 0));
}

// Whoever leaves while something is still being sent is asked first, so that nothing decided is lost.
window.addEventListener("beforeunload", (event) => {
  if (waiting) event.preventDefault();
});

async function send(form, submitter) {
  const body = new URLSearchParams(new FormData(form));
  if (submitter && submitter.name) body.append(submitter.name, submitter.value);
  try {
    // form.action would be the button with that name.
    const response = await fetch(form.getAttribute("action"), {
      method: "POST",
      body,
      headers: { Accept: "application/json", "x-csrftoken": csrf },
      credentials: "same-origin",
    });
    return await response.json();
  } catch {
    return { ok: false, error: "The desk could not be reached, so nothing was saved. Try again." };
  }
}

function decide(card, form, submitter) {
  if (card.dataset.busy) return;
  const ticked = form.querySelector("[name=tag]:checked") || "tagged" in card.dataset;
  if (submitter.value === "impactful" && !ticked) {
    complain(card, "An impactful item needs at least one tag of an IFLA strategy; choose one, then try again.");
    return;
  }
  const all = cards();
  const place = all.indexOf(card);
  card.dataset.busy = "yes";
  card.hidden = true;
  makeCurrent(all[place + 1] || all[place - 1], true);
  say("Saving …");
  inTurn(async () => {
    const result = await send(form, submitter);
    delete card.dataset.busy;
    if (result.ok) settled(card, result);
    else refused(card, result);
    showEmptiness();
  });
}

function settled(card, result) {
  say(result.message);
  if (recent && result.recent) {
    recent.prepend(cardFrom(result.recent));
    while (recent.children.length > 10) recent.lastElementChild.remove();
  }
  if (result.state === list.dataset.state) {
    const stays = cardFrom(result.card);
    card.replaceWith(stays);
    makeCurrent(stays, true);
    return;
  }
  card.remove();
  count(-1);
  fetchMore();
}

function refused(card, result) {
  let shown = card;
  if (result.card) {
    shown = cardFrom(result.card);
    const [typed, note] = [card, shown].map((each) => each.querySelector("[name=note]"));
    if (typed && note && typed.value) {
      note.value = typed.value;
      note.closest("details").open = true;
    }
    card.replaceWith(shown);
  }
  shown.hidden = false;
  complain(shown, result.error, result.sign_in);
  say("");
  makeCurrent(shown, true);
}

function undo(choose) {
  say("Undoing …");
  inTurn(async () => {
    const form = choose();
    if (form && form.isConnected) await takeBack(form);
    else say("");
  });
}

async function takeBack(form) {
  const result = await send(form);
  if (!result.ok) {
    say("");
    complain(null, result.error, result.sign_in);
    return;
  }
  problemLine.hidden = true;
  form.closest("li").remove();
  say(result.message);
  const old = document.getElementById(`item-${result.item}`);
  if (result.state === list.dataset.state) {
    const back = cardFrom(result.card);
    if (old) old.replaceWith(back);
    else {
      list.prepend(back);
      count(1);
    }
    makeCurrent(back, true);
  } else if (old) {
    old.remove();
    count(-1);
    makeCurrent(cards()[0], true);
  }
  showEmptiness();
}

async function fetchMore() {
  const next = document.querySelector("[data-next]");
  if (!next || loading || cards().length >= LOW) return;
  loading = true;
  try {
    const response = await fetch(next.href, { credentials: "same-origin" });
    if (!response.ok || response.redirected) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const card of page.querySelectorAll("[data-cards] > [data-item]")) {
      if (!document.getElementById(card.id)) list.append(document.adoptNode(card));
    }
    const after = page.querySelector("[data-next]");
    if (after) next.href = after.getAttribute("href");
    else next.remove();
    if (!current || !current.isConnected) makeCurrent(cards()[0], true);
    showEmptiness();
  } catch {
    // The link to the next page is still there to be followed by hand.
  } finally {
    loading = false;
  }
}

// --- keys --------------------------------------------------------------------------------------------------------

function press(card, selector) {
  const target = card && card.querySelector(selector);
  if (target) target.click();
}

function openNote(card) {
  const note = card && card.querySelector("[name=note]");
  if (!note) return;
  const folded = note.closest("details");
  if (folded) folded.open = true;
  note.focus();
}

const KEYS = {
  i: (card) => press(card, "[name=action][value=impactful]"),
  l: (card) => press(card, "[name=action][value=later]"),
  d: (card) => press(card, "[name=action][value=dismiss]"),
  o: (card) => press(card, "a.original"),
  n: openNote,
  e: (card) => {
    const first = card && card.querySelector("[data-first]");
    if (first) first.focus();
    else press(card, "[data-edit]");
  },
  z: () => recent && undo(() => recent.querySelector("form[data-undo]")),
  j: () => step(1),
  k: () => step(-1),
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
};

function isField(element) {
  if (element.matches("textarea, select, [contenteditable]")) return true;
  return element.matches("input:not([type=checkbox], [type=radio], [type=submit], [type=button])");
}

// With a Cyrillic or Hangul layout the key of the letter I gives another letter; its place on the keyboard is the same.
function keyOf(event) {
  if (event.key.length > 1 || (event.key >= " " && event.key <= "~")) return event.key.length > 1 ? event.key : event.key.toLowerCase();
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
  if (event.ctrlKey || event.metaKey || event.altKey || (keysDialog && keysDialog.open)) return;
  const field = event.target instanceof Element && isField(event.target);
  const within = event.target instanceof Element ? event.target.closest("[data-item]") : null;
  if (field) {
    if (event.key === "Escape") leaveField(event.target, within);
    return;
  }
  if (!keysAreOn()) return;
  const key = keyOf(event);
  const card = within || current || document.querySelector("[data-item][data-page]");
  if (key === "?" && keysDialog) keysDialog.showModal();
  else if (/^[1-9]$/.test(key)) press(card, `[data-key="${key}"] input`);
  else if (key in KEYS && (list || !["j", "k", "ArrowDown", "ArrowUp"].includes(key))) KEYS[key](card);
  else return;
  event.preventDefault();
}

function leaveField(field, card) {
  field.blur();
  if (card && list) makeCurrent(card, true);
}

// --- the report page ---------------------------------------------------------------------------------------------

function reportPage(form) {
  let unsaved = false;
  const changed = () => {
    unsaved = true;
    const mark = form.querySelector("[data-unsaved]");
    if (mark) mark.hidden = false;
  };
  form.addEventListener("input", (event) => {
    changed();
    if (event.target.name === "pick") givePlace(event.target.closest("[data-candidate]"));
  });
  form.addEventListener("submit", () => {
    unsaved = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
  for (const button of form.querySelectorAll("[data-move]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      move(button);
      changed();
    });
  }
}

const placeOf = (row) => row.querySelector("[type=number]");
const isPicked = (row) => row.querySelector("[name=pick]").checked;

// A newly ticked row comes last; places that were typed stay as they are.
function givePlace(row) {
  const others = [...row.closest("fieldset").querySelectorAll("[data-candidate]")].filter((each) => each !== row);
  const last = Math.max(0, ...others.filter(isPicked).map((each) => Number(placeOf(each).value)));
  placeOf(row).value = isPicked(row) ? String(last + 1) : "";
}

function move(button) {
  const row = button.closest("[data-candidate]");
  const rows = [...row.parentElement.children];
  const rank = (each) => (isPicked(each) && Number(placeOf(each).value)) || Infinity;
  rows.sort((one, other) => (rank(one) === rank(other) ? 0 : rank(one) - rank(other)));
  const from = rows.indexOf(row);
  const to = Math.min(Math.max(from + (button.dataset.move === "up" ? -1 : 1), 0), rows.length - 1);
  rows.splice(to, 0, ...rows.splice(from, 1));
  row.parentElement.append(...rows);
  let place = 0;
  for (const each of rows) placeOf(each).value = isPicked(each) ? String(++place) : "";
  button.focus();
  say(placeOf(row).value ? `Place ${placeOf(row).value}` : "Not picked");
}

// --- beginning ---------------------------------------------------------------------------------------------------

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (list && form.matches("[data-decide]") && event.submitter) {
    event.preventDefault();
    decide(form.closest("[data-item]"), form, event.submitter);
  } else if (list && form.matches("[data-undo]")) {
    event.preventDefault();
    undo(() => form);
  } else if (form.matches("[data-filters]")) {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  }
});

document.addEventListener("focusin", (event) => {
  const card = list && event.target.closest("[data-cards] > [data-item]");
  if (card && card !== current) makeCurrent(card, false);
});

document.addEventListener("keydown", onKey);

if (keysDialog) {
  const open = document.querySelector("[data-show-keys]");
  open.hidden = false;
  open.addEventListener("click", () => keysDialog.showModal());
  const on = keysDialog.querySelector("[data-keys-on]");
  on.checked = keysAreOn();
  on.addEventListener("change", () => {
    try {
      localStorage.setItem("desk.keys", on.checked ? "on" : "off");
    } catch {
      // Without storage the choice holds for nothing; the keys stay on.
    }
  });
}
const report = document.querySelector("[data-report]");
if (report) reportPage(report);
localTimes(document);
makeCurrent(cards()[0], false);
