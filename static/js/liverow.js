// Entries of the socket as rows of the list, the same as templates/search/rows.html makes.
import { grouped, text } from "./strings.js";
import { firstLine, visible } from "./visible.js";

const BADGES = { FATAL: "FA", ERROR: "ER", WARN: "WA", INFO: "IN", DEBUG: "DE", TRACE: "TR" };
const PARTS = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23" };

// Makes rows for one zone; `pattern` marks the searched words.
export function rowMaker(zone, pattern) {
  const format = new Intl.DateTimeFormat("en-GB", { ...PARTS, timeZone: zone });
  const weekday = new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "long", timeZone: zone });
  const template = document.getElementById("live-row").content.firstElementChild;

  const local = (at) => {
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    return { day: `${part.year}-${part.month}-${part.day}`, clock: `${part.hour}:${part.minute}:${part.second}.${part.fractionalSecond}` };
  };

  const row = (entry) => {
    const made = template.cloneNode(true);
    const { day, clock } = local(new Date(entry.timestamp));
    made.id = `e-${entry.id}`;
    made.dataset.id = entry.id;
    made.dataset.at = entry.timestamp;
    fillTime(made, entry, clock);
    const badge = made.querySelector(".badge");
    badge.dataset.level = badge.title = entry.level;
    badge.textContent = BADGES[entry.level] ?? entry.level.slice(0, 2);
    const service = made.querySelector(".service");
    service.textContent = service.title = visible(entry.service);
    for (const cell of made.querySelectorAll(".cell")) fillCell(cell, entry);
    fillText(made, entry.message, pattern);
    return { made, day };
  };

  const dayLine = (day) => {
    const line = document.createElement("li");
    const name = document.createElement("span");
    line.className = "day";
    name.textContent = weekday.format(new Date(`${day}T12:00:00Z`));
    line.append(`${day} `, name);
    return line;
  };

  return { row, dayLine };
}

function fillTime(made, entry, clock) {
  const link = made.querySelector(".time");
  const details = made.querySelector(".details");
  link.href = `/entries/${entry.id}`;
  details.id = `d-${entry.id}`;
  link.setAttribute("aria-controls", details.id);
  const time = link.querySelector("time");
  time.dateTime = entry.timestamp;
  time.textContent = clock;
}

const MAX_CELL = 200;

// A column: the values of one field, as logsite/search/columns.py has them.
function fillCell(cell, entry) {
  const { name } = cell.dataset;
  const values = name === "id" ? [entry.id] : within(entry.metadata, name.replace(/^metadata\./, "").split("."));
  cell.textContent = cell.title = visible(values.join(", ")).replace(/\s+/g, " ").slice(0, MAX_CELL);
}

function within(value, path) {
  if (Array.isArray(value)) return value.flatMap((one) => within(one, path));
  if (value === null || value === undefined) return [];
  if (path.length) return within(value[path[0]], path.slice(1));
  return typeof value === "object" ? Object.values(value).flatMap((one) => within(one, [])) : [String(value)];
}

function fillText(made, message, pattern) {
  const { nodes, moreLines, moreCharacters } = firstLine(message, pattern);
  const place = made.querySelector(".text");
  place.append(...nodes);
  if (moreCharacters) place.append(note("more", text("moreCharacters", { n: grouped(moreCharacters) })));
  if (!moreLines) return;
  const words = moreLines === 1 ? "moreLine" : "moreLines";
  made.querySelector(".line").append(note("more lines", text(words, { n: grouped(moreLines) })));
}

function note(name, words) {
  const made = document.createElement("span");
  made.className = name;
  made.textContent = words;
  return made;
}
