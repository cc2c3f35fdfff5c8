// A search that is not over: the page goes on by itself, rows come as they are found, and
// it ends when the list is full, when nothing older is left, or when somebody stops it.
import { haltCounts } from "./counts.js";
import { offerLogin } from "./session.js";
import { text } from "./strings.js";

const AGAIN_S = 2; // after a lost connection; nothing is repeated, nothing is missed

let source;
let place; // the last element of the list, which tells how far the search is
let retrying;

export const STREAM_ACTIONS = { stop, "search-on": goOn };
export const STREAM_KEYS = { s: () => (last()?.dataset.stopped ? goOn() : stop()) };

const last = () => document.querySelector("#rows > .older[data-stream]");

// Called whenever the list has changed.
export function startStream() {
  const next = last();
  if (next && next === place) return;
  stopStream();
  if (!next || next.dataset.stopped) return;
  place = next;
  connect();
}

export function stopStream() {
  clearTimeout(retrying);
  source?.close();
  source = place = undefined;
}

function connect() {
  source?.close();
  source = new EventSource(place.dataset.stream);
  const heard = { progress, waiting, rows, done, trouble, "signed-out": signedOut };
  for (const [name, hear] of Object.entries(heard)) {
    source.addEventListener(name, (event) => hear(JSON.parse(event.data)));
  }
  source.addEventListener("error", lost);
}

// -- What the server tells --------------------------------------------------------------
function progress({ words, share, matched, next }) {
  say(words);
  const bar = place.querySelector("progress");
  if (share === null) bar.removeAttribute("value");
  else bar.value = share;
  place.dataset.stream = next;
  window.htmx.swap(place, matched, { swapStyle: "none" }); // what is above the list
}

function waiting({ words }) {
  say(words);
}

function rows({ html }) {
  window.htmx.swap(place, html, { swapStyle: "beforebegin" });
}

function done({ html }) {
  const ended = place;
  stopStream();
  window.htmx.swap(ended, html, { swapStyle: "outerHTML" });
}

function trouble({ words }) {
  halt();
  say(words, true);
}

// It goes on from here after the login.
function signedOut() {
  halt();
  offerLogin();
}

function lost() {
  source.close();
  say(text("noAnswer", { n: AGAIN_S }), true);
  retrying = setTimeout(connect, AGAIN_S * 1000);
}

function say(words, isTrouble = false) {
  place.querySelector(".how-far").textContent = words;
  place.toggleAttribute("data-trouble", isTrouble);
}

// -- What the reader does ---------------------------------------------------------------
function stop() {
  halt();
  haltCounts();
}

function halt() {
  if (!place) return;
  clearTimeout(retrying);
  source?.close();
  show("search-on");
  place.dataset.stopped = "1";
}

function goOn() {
  place = last();
  if (!place) return;
  delete place.dataset.stopped;
  show("stop");
  connect();
}

function show(action) {
  for (const button of place.querySelectorAll("button")) {
    const hadFocus = button === document.activeElement;
    button.hidden = button.dataset.action !== action;
    if (hadFocus) place.querySelector(`[data-action="${action}"]`).focus();
  }
}
