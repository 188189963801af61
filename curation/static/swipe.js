// A card pushed aside by a finger: to the left it is dismissed, to the right it is for later. The buttons stay where
// they are and do the same.

const ENOUGH = 90; // pixels to the side
const STRAY = 45; // pixels up or down, beyond which it was scrolling

export function beginSwipes(list, decide) {
  let start = null;
  list.addEventListener("pointerdown", (event) => {
    const card = event.target.closest("[data-item]");
    const elsewhere = event.target.closest("input, textarea, select, button, summary");
    start = event.pointerType === "touch" && card && !elsewhere ? { card, x: event.clientX, y: event.clientY } : null;
  });
  list.addEventListener("pointermove", (event) => {
    if (!start) return;
    const aside = event.clientX - start.x;
    if (Math.abs(event.clientY - start.y) > STRAY) return end();
    start.card.style.setProperty("--aside", `${aside}px`);
    start.card.dataset.swipe = Math.abs(aside) < ENOUGH ? "little" : aside < 0 ? "dismiss" : "later";
  });
  list.addEventListener("pointerup", () => {
    if (!start) return;
    const { card } = start;
    const action = card.dataset.swipe;
    end();
    const button = card.querySelector(`[name=action][value="${action}"]`);
    if (button) decide(card, button.form, action);
  });
  list.addEventListener("pointercancel", end);

  function end() {
    if (!start) return;
    start.card.style.removeProperty("--aside");
    delete start.card.dataset.swipe;
    start = null;
  }
}
