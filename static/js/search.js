// The search page: filters that run at once, lines that open, keys, links.
import { CHART_ACTIONS, CHART_KEYS, loadChart, redraw } from "./chart.js";
import { CONTEXT_ACTIONS, CONTEXT_KEYS, closeContext } from "./context.js";
import { copy } from "./copy.js";
import { showTotal, startCounts, stopCounts } from "./counts.js";
import { isLive, LIVE_ACTIONS, startLive } from "./live.js";
import { showTab, TAB_ACTIONS, TAB_KEYS } from "./patterns.js";
import { follow, PANEL_ACTIONS, PANEL_KEYS, showAlone } from "./panel.js";
import { remember } from "./remember.js";
import { linkedRow, note, SAVED_ACTIONS, shareLine } from "./saved.js";
import { ask } from "./session.js";
import { STREAM_ACTIONS, STREAM_KEYS, startStream, stopStream } from "./stream.js";
import { text } from "./strings.js";
import { markColumns, VALUE_ACTIONS, VALUE_KEYS } from "./values.js";

const form = document.getElementById("search");
const query = document.getElementById("q");
const byId = (id) => document.getElementById(id);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// Where the example would be cut, a shorter one stands.
const isNarrow = matchMedia("(max-width: 480px)");
const example = query?.placeholder;

function showExample() {
  if (query) query.placeholder = isNarrow.matches ? query.dataset.short : example;
}

isNarrow.addEventListener("change", showExample);
showExample();

// -- Asking ---------------------------------------------------------------------------
function run() {
  form?.requestSubmit();
}

function setRange(from, to) {
  byId("live-mode").checked = false;
  for (const radio of all('input[name="range"]')) radio.checked = false;
  byId("when").value = "";
  for (const [id, moment] of [["from", from], ["to", to]]) {
    byId(id).value = new Date(moment * 1000).toISOString(); // with its zone: the same anywhere
  }
  run();
}

function shift(direction) {
  const { start, end } = byId("found")?.dataset ?? {};
  if (!start || !end) return;
  const [from, to] = [Date.parse(start) / 1000, Date.parse(end) / 1000];
  const step = ((to - from) / 2) * direction;
  setRange(from + step, to + step);
}

function clearFilters() {
  for (const box of all("#filters input:checked")) box.checked = false;
  run();
}

form?.addEventListener("change", onChoice);
document.addEventListener("change", (event) => {
  if (event.target.form === form && !form?.contains(event.target)) onChoice(event);
});

function onChoice(event) {
  const { name } = event.target;
  if (name === "range") byId("from").value = byId("to").value = byId("when").value = "";
  if (name === "from" || name === "to") byId("when").value = "";
  if (["range", "level", "service", "live"].includes(name)) run();
}

// -- While it runs, and after -----------------------------------------------------------
let searching;

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target !== form) return;
  stopStream();
  stopCounts();
  const begun = performance.now();
  const say = () => {
    const seconds = Math.floor((performance.now() - begun) / 1000);
    byId("found").dataset.progress = text("searching", { n: seconds });
  };
  clearInterval(searching);
  say();
  searching = setInterval(say, 1000);
});

document.addEventListener("htmx:afterRequest", () => clearInterval(searching));
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "found") shown();
  else if (event.target.closest?.("#rows")) grown();
  markColumns();
  if (isLive()) event.target.closest?.(".row.open")?.scrollIntoView({ block: "nearest" });
});

function grown() {
  startStream();
  showTotal();
  redraw();
}

function shown() {
  showTab();
  startLive();
  startStream();
  loadChart(setRange);
  startCounts(setRange);
  showLine(linkedRow());
  note();
  tick();
}

function tick() {
  const place = byId("asked");
  const at = byId("found")?.dataset.askedAt;
  if (!place || !at) return;
  const age = Math.max(0, Math.round((Date.now() - Date.parse(at)) / 1000));
  if (age < 5) return;
  place.textContent = age < 60 ? text("ago", { n: age }) : text("minutesAgo", { n: Math.round(age / 60) });
}

setInterval(tick, 1000);

// -- Lines ------------------------------------------------------------------------------
const lines = () => all("#rows .row");
const current = () => document.activeElement?.closest(".row");

function focusLine(row) {
  if (!row) return;
  for (const link of all('#rows .time[tabindex="0"]')) link.tabIndex = -1;
  const link = row.querySelector(".time");
  link.tabIndex = 0;
  link.focus({ preventScroll: true });
  row.querySelector(".line").scrollIntoView({ block: "nearest" });
}

function showLine(row) {
  if (!row) return;
  row.classList.add("linked");
  focusLine(row);
  row.scrollIntoView({ block: "center" });
}

function move(step) {
  const rows = lines();
  const here = rows.indexOf(current() ?? byId("rows")?.querySelector('.time[tabindex="0"]')?.closest(".row"));
  const next = current() ? rows[here + step] : rows[Math.max(here, 0)];
  focusLine(next);
  follow(next, toggle);
  if (!next && step > 0) byId("rows")?.querySelector(".older button")?.focus();
}

function toggle(row) {
  const opened = !row.classList.contains("open");
  const details = row.querySelector(":scope > .details");
  row.classList.toggle("open", opened);
  row.querySelector(".time").setAttribute("aria-expanded", String(opened));
  details.hidden = !opened;
  if (!opened && !details.querySelector(".entry")) details.replaceChildren(); // ask again
  if (opened && !details.firstChild) load(row.dataset.id, details);
  if (opened) showAlone(row, toggle);
}

function load(id, place, whole = "") {
  const asked = encodeURIComponent(query?.value ?? "");
  return window.htmx.ajax("GET", `/entries/${id}?q=${asked}${whole}`, { target: place, swap: "innerHTML" });
}

function close(row) {
  if (row?.classList.contains("open")) toggle(row);
  focusLine(row);
}

function wrap() {
  const rows = byId("rows");
  if (!rows) return;
  const on = rows.classList.toggle("wrapped");
  document.querySelector('[data-action="wrap"]')?.setAttribute("aria-pressed", String(on));
  remember("wrap", on ? "on" : "off");
}

// -- Copying ----------------------------------------------------------------------------
const entryOf = (element) => element?.closest("[data-id]")?.dataset.id ?? element?.closest("[data-entry]")?.dataset.entry;

async function copyLine(id) {
  if (!id) return;
  const answer = await ask(`/api/logs/${id}`);
  if (!answer.ok) return;
  const entry = await answer.json();
  copy(`${entry.timestamp} ${entry.level} ${entry.service} ${entry.message}`);
}

function copyValue(line) {
  const value = line.querySelector("[data-value]") ?? line.querySelector("td");
  copy(value.textContent.trim());
}

function view(button) {
  const entry = button.closest(".entry");
  for (const one of all("[data-view]", entry)) one.setAttribute("aria-pressed", String(one === button));
  for (const one of all(".view", entry)) one.hidden = one.dataset.for !== button.dataset.view;
}

function rest(button) {
  load(button.dataset.rest, button.closest(".entry").parentElement, "&whole=1");
}

// -- Clicks and keys ----------------------------------------------------------------------
const ACTIONS = {
  ...CHART_ACTIONS,
  ...CONTEXT_ACTIONS,
  ...TAB_ACTIONS,
  ...LIVE_ACTIONS,
  ...STREAM_ACTIONS,
  ...SAVED_ACTIONS,
  ...VALUE_ACTIONS,
  ...PANEL_ACTIONS,
  close: (button) => close(button.closest(".row")),
  run,
  wrap,
  clear: clearFilters,
  sheet: () => document.documentElement.toggleAttribute("data-sheet"),
  "copy-link": (button) => shareLine(entryOf(button)),
  "copy-line": (button) => copyLine(entryOf(button)),
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) return pressed(button);
  const line = event.target.closest(".line");
  if (!line || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest("a")) event.preventDefault();
  if (!String(getSelection())) openByClick(line.closest(".row"));
});

function openByClick(row) {
  focusLine(row);
  toggle(row);
}

function pressed(button) {
  const { action, copy: source, view: name } = button.dataset;
  ACTIONS[action]?.(button);
  if (source) copy(byId(source).textContent);
  if (name) view(button);
  if (button.dataset.rest) rest(button);
  if ("copyValue" in button.dataset) copyValue(button.closest("tr"));
}

const KEYS = {
  ...CHART_KEYS,
  ...STREAM_KEYS,
  ...CONTEXT_KEYS,
  ...TAB_KEYS,
  ...VALUE_KEYS,
  ...PANEL_KEYS,
  j: () => move(1),
  k: () => move(-1),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  Escape: () => closeContext(document.activeElement) || close(current() ?? document.querySelector("#rows .row.open")),
  w: wrap,
  r: run,
  "[": () => shift(-1),
  "]": () => shift(1),
  y: () => copyLine(entryOf(current())),
  Y: () => shareLine(entryOf(current())),
};

// All levels, then those from one on, then all again.
const FROM_LEVEL = ["", "INFO", "WARN", "ERROR"];

function nextLevel() {
  const boxes = all('#filters input[name="level"]'); // the worst first
  const from = boxes.findLast((box) => box.checked)?.value ?? "";
  const next = FROM_LEVEL[(FROM_LEVEL.indexOf(from) + 1) % FROM_LEVEL.length];
  const last = boxes.findIndex((box) => box.value === next);
  boxes.forEach((box, index) => (box.checked = index <= last));
  run();
}

const LIVE_KEYS = { " ": LIVE_ACTIONS.pause, G: LIVE_ACTIONS.latest, l: nextLevel };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.key === "l" && isLive()) {
    event.preventDefault();
    return LIVE_ACTIONS.empty();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.target.matches("input, textarea, select")) return leaveBox(event);
  if (event.key === "Enter" && event.target.matches(".row .time")) {
    event.preventDefault();
    return toggle(current());
  }
  if (event.key === " " && event.target.matches("button, summary")) return; // presses it
  const act = (form || byId("rows")) && (KEYS[event.key] ?? (isLive() && LIVE_KEYS[event.key]));
  if (!act) return;
  event.preventDefault();
  act();
});

function leaveBox(event) {
  if (event.key === "Escape") event.target.blur();
  if (event.target !== query || event.key !== "ArrowDown") return;
  event.preventDefault();
  move(1);
}

document.addEventListener("themechange", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
new ResizeObserver(redraw).observe(document.getElementById("main"));

if (form) shown();
