// What a tag means, shown while its box has the focus of the keyboard or the pointer is on it (WCAG 1.4.13): it stays while
// the pointer moves onto it, and Escape puts it away. Screen readers read it as the description of the box.

const GAP = 4; // pixels between the tag and its tip
let open = null;
let from = null; // the tag it belongs to

function show(tag) {
  const tip = document.getElementById(tag.dataset.tip);
  if (!tip || open === tip) return;
  hide();
  open = tip;
  from = tag;
  tip.hidden = false;
  place();
}

function place() {
  if (!open) return;
  const tip = open;
  const at = from.getBoundingClientRect();
  const below = at.bottom + GAP + tip.offsetHeight <= innerHeight;
  tip.style.top = `${Math.max(0, below ? at.bottom + GAP : at.top - GAP - tip.offsetHeight)}px`;
  tip.style.left = `${Math.max(0, Math.min(at.left, document.documentElement.clientWidth - tip.offsetWidth))}px`;
}

function hide() {
  if (open) open.hidden = true;
  open = null;
}

const tagOf = (target) => (target instanceof Element ? target.closest("[data-tip]") : null);

export function beginTips() {
  document.addEventListener("focusin", (event) => {
    const tag = tagOf(event.target);
    if (tag && event.target.matches(":focus-visible")) show(tag);
    else hide();
  });
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch" || (open && open.contains(event.target))) return;
    const tag = tagOf(event.target);
    if (tag) show(tag);
    else if (from !== tagOf(document.querySelector(":focus-visible"))) hide();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  document.addEventListener("scroll", place, { passive: true });
}
