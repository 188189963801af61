"""What a page looks like to whoever measures it: text that is cut, what lies upon what, what the keyboard reaches, and
what axe-core finds of WCAG 2.2 level A or AA."""

from __future__ import annotations

from importlib.resources import files

from playwright.sync_api import Page

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Bars that stay in view are put where they stand in the text, folded parts are opened: everything can be measured.
LAID_OPEN = """() => {
  for (const folded of document.querySelectorAll("details")) folded.open = true;
  for (const bar of document.querySelectorAll(".many, .side, .sticky")) bar.style.position = "static";
}"""
# What stays in view while the rest moves may take no more than half of the window, or scroll in itself.
HOGS = """() => [...document.querySelectorAll("main *")].filter((node) => {
  node.style.position = "";
  const style = getComputedStyle(node);
  const stays = style.position === "sticky" || style.position === "fixed";
  return stays && style.overflowY === "visible" && node.offsetHeight > innerHeight / 2;
}).map((node) => `stays in view and covers it: ${node.className}`)"""
MISFITS = """() => {
  const found = [];
  const words = (node) => (node.innerText || node.value || node.textContent || "").trim().slice(0, 60);
  const seen = (node) =>
    node.checkVisibility({ visibilityProperty: true }) &&
    !node.closest(".hidden, .skip") && getComputedStyle(node).clipPath === "none";
  const width = document.documentElement.scrollWidth;
  if (width > innerWidth) found.push(`page is ${width} wide`);
  // Words of the news may be shortened with an ellipsis, those of the desk may not.
  for (const node of document.querySelectorAll("main *, header *, footer *")) {
    const style = getComputedStyle(node);
    if (!node.clientWidth || !seen(node) || style.overflowX === "auto" || node.closest(".recent")) continue;
    const picture = node.closest("svg");
    if (picture) {
      const [box, frame] = [node.getBoundingClientRect(), picture.getBoundingClientRect()];
      if (box.left < frame.left - 1 || box.right > frame.right + 1) found.push(`cut: ${words(node)}`);
      continue;
    }
    const own = [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
    if (own && !node.matches("textarea, input, select") && node.scrollWidth > node.clientWidth + 1)
      found.push(`cut: ${words(node)}`);
  }
  for (const entry of document.querySelectorAll(".recent li"))
    if (entry.offsetWidth > entry.parentElement.clientWidth) found.push(`cut: ${words(entry)}`);
  const pen = document.createElement("canvas").getContext("2d");
  for (const field of document.querySelectorAll("select, input[placeholder]")) {
    if (!seen(field)) continue;
    const style = getComputedStyle(field);
    pen.font = style.font;
    const text = field.matches("select") ? (field.selectedOptions[0]?.text ?? "") : field.placeholder;
    const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    if (pen.measureText(text).width > room + 1) found.push(`cut: ${text}`);
  }
  // Boxes of text and of controls, as far as they are not hidden by what holds them.
  const boxes = [];
  const add = (rect, node) => {
    let { left, top, right, bottom } = rect;
    for (let around = node; around && around !== document.body; around = around.parentElement) {
      if (getComputedStyle(around).overflowY === "visible") continue;
      const edge = around.getBoundingClientRect();
      [left, top] = [Math.max(left, edge.left), Math.max(top, edge.top)];
      [right, bottom] = [Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
    }
    if (right - left > 2 && bottom - top > 2) boxes.push({ left, top, right, bottom, node });
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode, node = text.parentElement;
    if (!text.data.trim() || !seen(node) || node.closest("dialog, script, select, textarea")) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const rect of range.getClientRects()) add(rect, node);
  }
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea, button"))
    if (seen(field) && !field.closest("dialog")) add(field.getBoundingClientRect(), field);
  boxes.sort((one, other) => one.top - other.top);
  for (let first = 0; first < boxes.length; first++)
    for (let second = first + 1; second < boxes.length && boxes[second].top < boxes[first].bottom; second++) {
      const [one, other] = [boxes[first], boxes[second]];
      if (one.node.contains(other.node) || other.node.contains(one.node)) continue;
      const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const high = Math.min(one.bottom, other.bottom) - other.top;
      // Lines of tall scripts touch; what covers a third of a line is unreadable.
      if (wide > 2 && high > Math.min(one.bottom - one.top, other.bottom - other.top) / 3)
        found.push(`one upon the other: ${words(one.node)} / ${words(other.node)}`);
    }
  return [...new Set(found)].slice(0, 5);
}"""
REACHABLE = """() => {
  for (const folded of document.querySelectorAll("details")) folded.open = true;
  window.unseenFocus = [];
  window.reached = new Set();
  const grouped = new Set();
  const controls = document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']");
  const wanted = [...controls].filter((node) => {
    if (node.disabled || node.type === "hidden" || !node.checkVisibility({ visibilityProperty: true })) return false;
    if (node.type !== "radio") return true;
    const group = `${node.form?.id} ${node.name}`;
    return !grouped.has(group) && grouped.add(group);
  });
  document.addEventListener("focusin", ({ target }) => {
    window.reached.add(target.type === "radio" ? wanted.find((node) => node.name === target.name) : target);
    const style = getComputedStyle(target);
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2)
      window.unseenFocus.push(target.outerHTML.slice(0, 120));
  });
  window.wanted = wanted;
  document.activeElement?.blur();
  // The parts of a date are stops of their own.
  return wanted.length + 6 * document.querySelectorAll("[type=date], [type=month]").length;
}"""


def misfits(page: Page) -> list[str]:
    """What is cut, sticks out or lies upon something else, at the width that the window has."""
    found: list[str] = page.evaluate(HOGS)
    page.evaluate(LAID_OPEN)
    return found + page.evaluate(MISFITS)  # type: ignore[no-any-return]


def out_of_reach(page: Page) -> list[str]:
    """The controls to which the tabulator does not lead, and those on which its focus cannot be seen."""
    many: int = page.evaluate(REACHABLE)
    for _ in range(many + 3):
        page.keyboard.press("Tab")
    found: list[str] = page.evaluate(
        "() => window.wanted.filter(node => !window.reached.has(node)).map(node => node.outerHTML.slice(0, 120))"
        ".concat(window.unseenFocus.map(html => `unseen: ${html}`))"
    )
    return found


def violations(page: Page, *, only_colours: bool = False, within: str = "html") -> list[str]:
    """What axe finds: rule, and the first element that breaks it. The scheme changes nothing but colours."""
    if page.evaluate("typeof axe") == "undefined":
        page.add_init_script(AXE)  # for what is opened later, where it need not be sent and compiled again
        page.evaluate(AXE)
    rules = {"type": "rule", "values": ["color-contrast"]} if only_colours else {"type": "tag", "values": LEVELS}
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    found = page.evaluate("([within, options]) => axe.run(within, options)", [within, options])["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]} ({len(one['nodes'])})" for one in found]
