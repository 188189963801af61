// The line to the desk: what is decided stands in it, in order, until the desk has answered. It outlives the page and the
// session. Each sending has an id made here, so that the desk makes it once however often it arrives.
//
// Only an answer of the desk itself ends a sending: yes, or no with a sentence. Everything else (no line, a busy
// database, a proxy's page, a session that ended) means: wait, say so, and try again.

import { listState } from "./cards.js";
import { belongs, forget, keep, lasting, recallAll } from "./kept.js";

const FAMILY = "line";
const PATIENCE = [1, 2, 4, 8, 15, 30]; // seconds between tries
const REFUSALS = new Set([400, 403, 404, 409]);

const csrf = document.body.dataset.csrf;
const person = document.body.dataset.person || "";
let running = false;
let tries = 0;
let timer = 0;
let serial = 0;
let state = "quiet"; // quiet, sending, unreachable, signed-out, other-person, reload
let reason = {}; // the answer that made the line wait
let told = { settled() {}, refused() {}, changed() {} };

export function listen(handlers) {
  told = { ...told, ...handlers };
  window.addEventListener("online", hurry);
  window.addEventListener("pageshow", hurry);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && hurry());
  window.addEventListener("storage", (event) => belongs(event.key, FAMILY) && changed());
  // Where nothing lasts, whoever leaves is asked first.
  window.addEventListener("beforeunload", (event) => {
    if (waiting().some((entry) => !lasting || entry.unstored)) event.preventDefault();
  });
  changed();
  hurry();
}

export function waiting() {
  return recallAll(FAMILY);
}

export function newRequest() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Puts a sending into the line: { address, fields, items, … whatever the page wants back with the answer }.
export function put(entry) {
  const place = `${Date.now().toString().padStart(15, "0")}-${String(++serial).padStart(6, "0")}-${entry.request.slice(0, 8)}`;
  const whole = { ...entry, place };
  if (!keep(`${FAMILY}.${place}`, whole)) {
    whole.unstored = true;
    keep(`${FAMILY}.${place}`, whole);
  }
  changed();
  run();
  return whole;
}

// Takes later sendings on these items out of the line: what they build on was refused.
export function drop(items) {
  for (const entry of waiting()) {
    if (entry.items.some((item) => items.includes(item))) forget(`${FAMILY}.${entry.place}`);
  }
  changed();
}

export function hurry() {
  tries = 0;
  run();
}

async function run() {
  if (running) return;
  running = true;
  clearTimeout(timer);
  try {
    for (let entry = waiting()[0]; entry; entry = waiting()[0]) {
      if (state === "quiet") become("sending");
      const answer = await post(entry.address, { ...entry.fields, request: entry.request, person, list: listState() });
      if (answer.hold) {
        become(answer.hold, answer);
        timer = setTimeout(run, PATIENCE[Math.min(tries++, PATIENCE.length - 1)] * 1000);
        return;
      }
      tries = 0;
      forget(`${FAMILY}.${entry.place}`);
      if (state !== "sending") become("sending");
      if (answer.ok) told.settled(entry, answer);
      else told.refused(entry, answer);
      changed();
    }
    become("quiet");
  } finally {
    running = false;
    changed();
  }
}

function become(next, answer = {}) {
  state = next;
  reason = answer;
  changed();
}

function changed() {
  told.changed(waiting(), state, reason);
}

// The desk's answer, or why there is none: { hold: "unreachable" | "signed-out" | "other-person" | "reload" }.
export async function post(address, fields) {
  const body = new URLSearchParams({ csrftoken: csrf });
  for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) body.append(name, one);
  let response;
  try {
    response = await fetch(address, {
      method: "POST",
      body,
      headers: { Accept: "application/json", "x-csrftoken": csrf },
      credentials: "same-origin",
      signal: AbortSignal.timeout ? AbortSignal.timeout(30_000) : undefined,
    });
  } catch {
    return { hold: "unreachable" };
  }
  let answer = null;
  try {
    answer = await response.json();
  } catch {
    // Not from the desk, or cut off on the way.
  }
  if (response.status === 401 && answer) return { ...answer, hold: answer.other ? "other-person" : "signed-out" };
  if (answer && "message" in answer && response.ok) return answer;
  if (answer && "error" in answer && "ok" in answer && REFUSALS.has(response.status)) return answer;
  return { hold: response.status >= 400 && response.status < 500 ? "reload" : "unreachable" };
}
