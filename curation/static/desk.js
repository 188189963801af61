// The desk without this script works by posting forms; with it, decisions are sent behind the page and keys do the work.

import { currentCard, list, makeCurrent } from "./cards.js";
import { begin, decide, decideMany, showSelected, undo, undoRequest, unfold } from "./deciding.js";
import { beginComparing } from "./compare.js";
import { takeFocus } from "./focus.js";
import { beginInWork } from "./inwork.js";
import { beginKeys } from "./keys.js";
import * as line from "./line.js";
import { beginQuotes } from "./quote.js";
import { reportPage } from "./report.js";
import { localTimes } from "./say.js";
import { beginSwipes } from "./swipe.js";
import { beginTips } from "./tips.js";
import { keepTexts, watchCards, wholeForm } from "./typed.js";

function onSubmit(event) {
  const form = event.target;
  if (form.matches("[data-filters]")) {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
    return;
  }
  if (!list) return;
  if (form.matches("[data-decide]") && event.submitter) decide(form.closest("[data-item]"), form, event.submitter.value);
  else if (form.matches("[data-many]") && event.submitter) decideMany(form, event.submitter.value);
  else if (form.matches("[data-unfold]")) unfold(form);
  else if (form.matches("[data-undo]")) undo(form.closest("li"));
  else return;
  event.preventDefault();
}

function onClick(event) {
  const button = event.target.closest("[data-undo-request]");
  if (button) undoRequest(button.dataset.undoRequest);
}

// On a phone the cards come first: filters that narrow nothing are folded.
const filters = document.querySelector("[data-fold]");
if (filters && !location.search && matchMedia("(max-width: 34rem)").matches) filters.open = false;

function beginQueue() {
  begin();
  watchCards(list);
  beginSwipes(list, decide);
  document.addEventListener("click", onClick);
  document.addEventListener("focusin", (event) => {
    const card = event.target.closest("[data-cards] > [data-item]");
    if (card && card !== currentCard()) makeCurrent(card, false);
  });
  document.addEventListener("change", (event) => event.target.name === "pick" && showSelected());
  document.addEventListener("reset", () => setTimeout(showSelected));
}

document.addEventListener("submit", onSubmit);
// A page that the browser kept from before shows what was: it is loaded again.
window.addEventListener("pageshow", (event) => event.persisted && location.reload());
document.cookie = `desk_zone=${Intl.DateTimeFormat().resolvedOptions().timeZone}; path=/; samesite=lax; max-age=31536000`;
beginKeys();
beginTips();
localTimes(document);
const whole = document.querySelector("[data-whole]");
const report = document.querySelector("[data-report]");
if (whole) wholeForm(whole);
if (whole) beginQuotes();
const two = document.querySelector("[data-compare]");
if (two) beginComparing(two);
if (report) reportPage(report);
for (const form of document.querySelectorAll("[data-typed]")) keepTexts(form);
if (list) beginQueue();
else if (document.body.dataset.person) line.listen({}); // what still waits is sent from any page
beginInWork();
takeFocus((card) => makeCurrent(card, true));
