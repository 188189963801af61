// What is being typed is kept in this browser until it is saved: a session that ends, a line that drops or a window that
// is closed costs no word.

import { forget, keep, recall } from "./kept.js";
import { newRequest, post } from "./line.js";
import { complain, say } from "./say.js";
import { gettext } from "./words.js";

const SENTENCES = {
  unreachable: gettext("The desk cannot be reached. What you typed is kept in this browser; save again in a moment."),
  "signed-out": gettext("Your session has ended. What you typed is kept here: sign in in the new window, then save again."),
  "other-person": gettext("Somebody else is signed in in this browser now. What you typed is kept here."),
  reload: gettext("The desk did not accept this page. What you typed is kept in this browser: load the page again."),
};

const itemOf = (element) => element.closest("[data-item]").dataset.item;
const fields = (form) => [...form.querySelectorAll("textarea, input:not([type=hidden]), select")];

function changed(field) {
  if (field.type === "checkbox") return field.checked !== field.defaultChecked;
  if (field.tagName === "SELECT") return ![...field.options].some((option) => option.selected && option.defaultSelected);
  return field.value !== field.defaultValue;
}

const nameOf = (field) => (field.type === "checkbox" ? `${field.name} ${field.value}` : field.name);

export function forgetTyped(item) {
  forget(`typed.${item}`);
}

function remember(form) {
  const typed = {};
  for (const field of fields(form)) {
    if (field.name && changed(field)) typed[nameOf(field)] = field.type === "checkbox" ? field.checked : field.value;
  }
  if (Object.keys(typed).length) keep(`typed.${itemOf(form)}`, typed);
  else forgetTyped(itemOf(form));
}

function restore(form) {
  const typed = recall(`typed.${itemOf(form)}`);
  if (!typed) return false;
  for (const field of fields(form)) {
    const value = typed[nameOf(field)];
    if (value === undefined) continue;
    if (field.type === "checkbox") field.checked = value;
    else field.value = value;
    const folded = field.closest("details");
    if (folded) folded.open = true;
  }
  return true;
}

// A note that was begun on a card.
export function watchCards(list) {
  for (const form of list.querySelectorAll("[data-decide]")) if (recall(`typed.${itemOf(form)}`)) restore(form);
  list.addEventListener("input", (event) => {
    const form = event.target.closest("[data-decide]");
    if (form) remember(form);
  });
}

// The texts of any other form, kept under its name until its page comes back with them saved.
export function keepTexts(form) {
  const name = `typed.${form.dataset.typed}`;
  const texts = [...form.querySelectorAll("textarea, input:not([type]), input[type=text], input[type=date], input[type=url]")];
  const plain = (text) => text.replaceAll("\r\n", "\n").trim();
  const refused = document.querySelector("main .problem[role=alert]:not([hidden])");
  const typed = recall(name) || {};
  const missing = texts.filter((field) => field.name in typed && plain(typed[field.name]) !== plain(field.value));
  for (const field of missing) {
    field.value = typed[field.name];
    const folded = field.closest("details");
    if (folded) folded.open = true;
  }
  if (missing.length) say(gettext("What you typed before and did not save is here again."));
  else if (!refused) forget(name);
  form.addEventListener("input", () => {
    const differs = texts.filter((field) => plain(field.value) !== plain(field.defaultValue));
    if (differs.length) keep(name, Object.fromEntries(differs.map((field) => [field.name, field.value])));
    else forget(name);
  });
}

// The whole form of an item is sent behind the page, so that nothing typed is lost when it cannot be saved.
export function wholeForm(form) {
  if (restore(form)) say(gettext("What you typed before and did not save is here again."));
  form.addEventListener("input", () => remember(form));
  let request = newRequest();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (form.ariaBusy === "true" || !button) return;
    form.ariaBusy = "true";
    say(gettext("Saving …"));
    const body = { action: button.value, request, person: document.body.dataset.person };
    for (const [name, value] of new FormData(form)) if (name !== "csrftoken") (body[name] ||= []).push(value);
    const answer = await post(form.getAttribute("action"), body);
    form.ariaBusy = "false";
    if (answer.ok) {
      forgetTyped(itemOf(form));
      location.assign(form.querySelector("[name=back]").value);
      return;
    }
    if (!answer.hold) request = newRequest();
    say("");
    complain(form.parentElement, answer.hold ? SENTENCES[answer.hold] : answer.error, answer.sign_in);
    form.parentElement.querySelector("[data-problem]").scrollIntoView({ block: "center" });
    button.focus();
  });
}
