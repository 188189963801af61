// What this browser remembers between two pages, for one person. Where it may remember nothing, the page does until it
// is left. One thing is one key, so that two windows never write over each other.

const person = encodeURIComponent(document.body.dataset.person || "").replaceAll(".", "%2E");
const memory = new Map();

export const lasting = (() => {
  try {
    localStorage.setItem("desk.probe", "1");
    localStorage.removeItem("desk.probe");
    return true;
  } catch {
    return false;
  }
})();

const full = (name) => `desk.${name.split(".")[0]}.${person}.${name.slice(name.indexOf(".") + 1)}`;

export function keep(name, value) {
  memory.set(full(name), value);
  try {
    if (lasting) localStorage.setItem(full(name), JSON.stringify(value));
  } catch {
    return false; // no room left: it is in memory only
  }
  return lasting;
}

export function recall(name) {
  return read(full(name));
}

function read(key) {
  if (!lasting) return memory.get(key) ?? null;
  try {
    return JSON.parse(localStorage.getItem(key)) ?? memory.get(key) ?? null;
  } catch {
    return null;
  }
}

export function forget(name) {
  memory.delete(full(name));
  if (lasting) localStorage.removeItem(full(name));
}

// Everything of a family, `line.1`, `line.2` …, in the order of the names.
export function recallAll(family) {
  const start = full(`${family}.`);
  const keys = new Set([...memory.keys()].filter((key) => key.startsWith(start)));
  if (lasting) {
    for (const key of Object.keys(localStorage)) if (key.startsWith(start)) keys.add(key);
    for (const key of keys) if (localStorage.getItem(key) === null && sentElsewhere(key)) keys.delete(key);
  }
  return [...keys].sort().map(read).filter(Boolean);
}

// Another window has sent it and taken it away. What never fitted into the storage is in memory alone, and stays.
function sentElsewhere(key) {
  const value = memory.get(key);
  if (value && value.unstored) return false;
  memory.delete(key);
  return true;
}

export const belongs = (key, family) => Boolean(key) && key.startsWith(full(`${family}.`));
