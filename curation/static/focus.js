// A page that an action loads takes the focus where the person was, so that nobody begins at the top of the page each
// time: what went wrong comes first, then the same button, the card she came from, the part it stood in, the heading.

const KEY = "desk.place";
const PASSING = new Set(["csrftoken", "back", "seen", "version"]); // what changes from page to page
const line = document.getElementById("status");

function keep(place) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(place));
  } catch {
    // a browser that remembers nothing begins at the heading
  }
}

function take() {
  try {
    const place = JSON.parse(sessionStorage.getItem(KEY));
    sessionStorage.removeItem(KEY);
    return place || {};
  } catch {
    return {};
  }
}

// What a form is about and what a button of it does, told so that both are known again on the next page.
const told = ({ name, value }) => `${name}=${value}`;
function about(form) {
  const hidden = [...form.elements].filter((field) => field.type === "hidden" && !PASSING.has(field.name));
  return [form.getAttribute("action"), ...hidden.map(told)].join(" ");
}

function sameButton({ form, button }) {
  const buttons = [...document.querySelectorAll("form[method=post] button:not([type=button])")];
  const alike = form ? buttons.filter((each) => about(each.form) === form) : [];
  return alike.find((each) => told(each) === button) || alike[0];
}

const byId = (id) => (id ? document.getElementById(id) : null);
const visible = (node) => node !== null && node !== undefined && node.checkVisibility();

export function focusOn(node) {
  if (node.tabIndex < 0) node.tabIndex = -1;
  node.focus();
}

// Where the focus goes when a page has been loaded by an action on the one before.
function target(place) {
  const places = [
    document.querySelector("main [role=alert]:not([hidden])"),
    document.querySelector("main [data-answer]"), // what was asked for by the form above it
    sameButton(place),
    byId(location.hash.slice(1)),
    byId(place.item),
    byId(place.part),
    document.querySelector("main h1"),
  ];
  return places.find(visible);
}

// A status that stands on the page from its beginning is read by nobody: it is said once more.
function sayAgain() {
  const told = line.textContent.trim();
  if (!told) return;
  line.textContent = "";
  setTimeout(() => (line.textContent ||= told), 100);
}

export function takeFocus(bringIntoView) {
  const place = take();
  sayAgain();
  const led = document.referrer.startsWith(location.origin);
  const kind = performance.getEntriesByType("navigation")[0]?.type;
  // A page that says itself where to begin may not have got there yet.
  const begun = document.activeElement !== document.body || document.querySelector("main [autofocus]");
  if (led && kind === "navigate" && !begun) {
    const node = target(place);
    if (node?.matches("[data-cards] > [data-item]")) bringIntoView(node);
    else if (node) focusOn(node);
  }
  const item = document.querySelector("[data-item][data-page]");
  if (item) keep({ item: item.id });
  document.addEventListener("submit", (event) => {
    const button = event.submitter || event.target.querySelector("button:not([type=button])");
    if (event.defaultPrevented || !button || event.target.method !== "post") return;
    const part = button.closest("[aria-labelledby]")?.getAttribute("aria-labelledby");
    keep({ form: about(event.target), button: told(button), part });
  });
}
