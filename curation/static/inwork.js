// Tells the desk which card is in work here, and shows which ones others have: so that two never do the same work. It is
// no lock. A browser that is left alone for some minutes, or hidden, tells nothing more.

import { currentCard, onCurrent } from "./cards.js";
import { post } from "./line.js";
import { say } from "./say.js";
import { gettext } from "./words.js";

const EVERY = 15_000;
const SETTLE = 400; // a card that is only passed by is not in work
const AWAKE = 120_000;
const SIGNS = ["keydown", "pointerdown", "input", "scroll", "focus"];

const address = document.body.dataset.inWork;
let active = Date.now();
let timer = 0;

const cardAtWork = () => {
  const card = currentCard() || document.querySelector("[data-item][data-page]");
  return card && card.querySelector("[data-decide], [data-whole]") ? card : null;
};

async function tell() {
  clearTimeout(timer);
  timer = setTimeout(tell, EVERY);
  if (document.visibilityState !== "visible" || Date.now() - active > AWAKE) return;
  const item = cardAtWork()?.dataset.item || "";
  const answer = await post(address, { item, person: document.body.dataset.person });
  if (answer.ok) show(answer.others);
}

function show(others) {
  for (const place of document.querySelectorAll("[data-others]")) {
    const card = place.closest("[data-item]");
    const who = others[card.dataset.item];
    const sentence = who ? gettext("{who} has this card in work.", { who }) : "";
    if (place.textContent === sentence) continue;
    place.textContent = sentence;
    place.hidden = !who;
    if (who && card === cardAtWork()) say(sentence);
  }
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(tell, SETTLE);
}

export function beginInWork() {
  if (!address || !document.querySelector("[data-others], [data-cards]")) return;
  for (const sign of SIGNS) window.addEventListener(sign, () => (active = Date.now()), { passive: true, capture: true });
  for (const event of ["focus", "online", "pageshow"]) window.addEventListener(event, soon);
  document.addEventListener("visibilitychange", soon);
  onCurrent(soon);
  soon();
}
