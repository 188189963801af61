// What the page says to everybody, also to those who do not see it: one polite line, one for alarms.

import { gettext } from "./words.js";

const statusLine = document.getElementById("status");
const problemLine = document.getElementById("problem");

export function say(text) {
  statusLine.textContent = text;
}

// The sentence at its card, else at the top of the page; with a way to sign in where that helps.
export function complain(card, text, signIn) {
  const place = (card && card.querySelector("[data-problem]")) || problemLine;
  place.textContent = text;
  if (signIn) place.append(" ", signInLink(signIn));
  place.hidden = false;
}

export function calm() {
  problemLine.hidden = true;
}

export function signInLink(address) {
  const link = document.createElement("a");
  link.href = address;
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = gettext("Sign in again");
  return link;
}

export function localTimes(root) {
  for (const time of root.querySelectorAll("time[data-local]")) {
    time.textContent = instantWords(new Date(time.dateTime));
  }
}

// Chromium comes without the names of Mongolian months and says "2021 M02 10": digits alone are read everywhere.
function instantWords(instant) {
  const words = instant.toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  return /\bM\d\d\b/.test(words) ? instant.toLocaleString("sv", { dateStyle: "short", timeStyle: "short" }) : words;
}

export function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}
