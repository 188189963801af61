// The report page: picks and their places, and a question before unsaved work is left.

import { say } from "./say.js";
import { gettext } from "./words.js";

export function reportPage(form) {
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
  say(placeOf(row).value ? gettext("Place {place}", { place: placeOf(row).value }) : gettext("Not picked"));
}
