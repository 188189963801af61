// Quoting words of the article into a part of the impact note: what the pointer or the keyboard selected in the text, or a
// sentence chosen from a list. The words go into the field; their place in the kept copy goes along as a ticked line.

import { recall } from "./kept.js";
import { say } from "./say.js";

const MOST = 1000; // characters of one quotation
const article = document.querySelector("[data-article]");
const dialog = document.getElementById("sentences");
const bar = document.querySelector("[data-selected-words]");
let chosen = null; // the selected words: { start, end, exact }

const characters = (text) => Array.from(text).length; // as the desk counts them, not in halves of pairs
const within = (node) => (node instanceof Element ? node : node?.parentElement)?.closest("[data-article] > [data-start]");

// Where a place in a paragraph stands in it, counted in UTF-16.
function offsetIn(paragraph, node, offset) {
  const range = document.createRange();
  range.setStart(paragraph, 0);
  range.setEnd(node, offset);
  return range.toString().length;
}

function place(paragraph, from, to) {
  const text = paragraph.textContent;
  const exact = text.slice(from, to).trim();
  const start = Number(paragraph.dataset.start) + characters(text.slice(0, text.indexOf(exact, from)));
  return { start, end: start + characters(exact), exact };
}

function selectedWords() {
  const selection = getSelection();
  if (!selection || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const paragraph = within(range.startContainer);
  if (!paragraph) return null;
  const from = offsetIn(paragraph, range.startContainer, range.startOffset);
  const ends = within(range.endContainer) === paragraph;
  const to = ends ? offsetIn(paragraph, range.endContainer, range.endOffset) : paragraph.textContent.length;
  const words = place(paragraph, from, to);
  return words.exact ? words : null;
}

function showBar() {
  if (bar.contains(document.activeElement)) return;
  chosen = selectedWords();
  bar.hidden = !chosen;
  if (!chosen) return;
  const at = getSelection().getRangeAt(0).getBoundingClientRect();
  bar.style.top = `${Math.min(Math.max(at.bottom + 6, 0), innerHeight - bar.offsetHeight)}px`;
  bar.style.left = `${Math.max(0, Math.min(at.left, document.documentElement.clientWidth - bar.offsetWidth))}px`;
}

function quote(part, words) {
  const field = document.getElementById(`story-${part}`);
  if (words.exact.length > MOST) {
    say(dialog.dataset.tooLong);
    return;
  }
  field.value = [field.value.trimEnd(), `“${words.exact}”`].filter(Boolean).join(" ");
  addLine(part, `${part}:${words.start}:${words.end}:${words.exact}`, words.exact);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
  say(`${dialog.dataset.quoted}: ${words.exact}`);
}

function addLine(part, value, exact) {
  const line = document.createElement("li");
  const label = line.appendChild(document.createElement("label"));
  label.className = "tick";
  const box = label.appendChild(document.createElement("input"));
  Object.assign(box, { type: "checkbox", name: "quote", value });
  box.checked = true;
  label.append(" ");
  const told = label.appendChild(document.createElement("q"));
  told.lang = article.lang;
  told.dir = "auto";
  told.textContent = exact;
  document.querySelector(`[data-quotes=${part}]`).append(line);
}

// Quotations that were made before and not saved come back with the words that were typed.
function restoreLines() {
  const typed = recall(`typed.${article.closest("[data-item]").dataset.item}`) || {};
  for (const [name, ticked] of Object.entries(typed)) {
    const found = /^quote (need|done|result):\d+:\d+:([^]+)$/.exec(name);
    if (found && ticked) addLine(found[1], name.slice("quote ".length), found[2]);
  }
}

function* sentences() {
  const cutter = new Intl.Segmenter(article.lang || undefined, { granularity: "sentence" });
  for (const paragraph of article.querySelectorAll("[data-start]")) {
    for (const { segment, index } of cutter.segment(paragraph.textContent)) {
      if (segment.trim()) yield place(paragraph, index, index + segment.length);
    }
  }
}

function choose(part) {
  const found = [...sentences()];
  const list = dialog.querySelector("[data-sentences]");
  list.replaceChildren(
    ...found.map((words, number) => {
      const label = document.createElement("label");
      label.className = "tick";
      const box = label.appendChild(document.createElement("input"));
      Object.assign(box, { type: "radio", name: "sentence", value: String(number), checked: number === 0 });
      label.append(" ", words.exact);
      return label;
    }),
  );
  dialog.returnValue = "";
  dialog.onclose = () => {
    const number = list.querySelector(":checked")?.value;
    if (dialog.returnValue === "quote" && number !== undefined) quote(part, found[number]);
    else document.querySelector(`[data-quote-into=${part}]`).focus();
  };
  dialog.showModal();
}

export function beginQuotes() {
  if (!article || !dialog) return;
  restoreLines();
  document.addEventListener("selectionchange", showBar);
  bar.addEventListener("pointerdown", (event) => event.preventDefault()); // the selection stays
  bar.addEventListener("keydown", (event) => {
    if (event.key === "Escape") bar.hidden = true;
  });
  for (const button of bar.querySelectorAll("[data-selected-into]")) {
    button.addEventListener("click", () => {
      bar.hidden = true;
      if (chosen) quote(button.dataset.selectedInto, chosen);
    });
  }
  if (!Intl.Segmenter) return;
  for (const button of document.querySelectorAll("[data-quote-into]")) {
    button.hidden = false;
    button.addEventListener("click", () => choose(button.dataset.quoteInto));
  }
}
