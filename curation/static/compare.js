// Compare two: the arrow keys choose the one on their side.

export function beginComparing(two) {
  const buttons = [...two.querySelectorAll("button.main")];
  const rightToLeft = getComputedStyle(two).direction === "rtl";
  document.querySelector("[data-hint]").hidden = false;
  buttons[0]?.focus({ preventScroll: true });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target instanceof Element && event.target.matches("input, textarea, select")) return;
    const side = ["ArrowLeft", "ArrowRight"].indexOf(event.key);
    if (side < 0 || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    buttons[rightToLeft ? 1 - side : side]?.click();
  });
}
