// What is kept of a search: short links to it and its lines, the same for a shell.
import { copy, say } from "./copy.js";
import { text } from "./strings.js";

const MOVING = ["range", "when", "from", "to"];
const OF_THE_PAGE = ["saved", "line"];

// The search whose results are shown, with the times that they are of.
function shown() {
  const asked = new URLSearchParams(location.search);
  for (const name of OF_THE_PAGE) asked.delete(name);
  if (asked.has("live")) return asked;
  for (const name of MOVING) asked.delete(name);
  const { start, end, askedAt } = document.getElementById("found").dataset;
  if (start) asked.set("from", start);
  asked.set("to", end || askedAt);
  return asked;
}

function post(path, body) {
  const token = document.querySelector('[name="csrfmiddlewaretoken"]').value;
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  return fetch(path, { method: "POST", headers, body: JSON.stringify(body), keepalive: true });
}

// -- Links and commands -----------------------------------------------------------------
async function share(line = "") {
  const answer = await post("/api/links", { query: String(shown()), line });
  if (!answer.ok) return say(text("failed", { n: answer.status }));
  const { url } = await answer.json();
  copy(url, url);
}

export function shareLine(id) {
  if (!id) return undefined;
  return document.getElementById("search") ? share(id) : copy(`${location.origin}/entries/${id}`);
}

// The row that a link has led to.
export function linkedRow() {
  const { line } = document.getElementById("found").dataset;
  return line && document.getElementById(`e-${line}`);
}

function copyCurl() {
  const asked = [...shown()].filter(([name]) => ["q", "service", "level", "from", "to"].includes(name));
  const lines = asked.map(([name, value]) => `--data-urlencode ${quoted(`${name}=${value}`)}`);
  const begin = `curl -sS -G ${quoted(`${location.origin}/api/logs`)}`;
  copy([begin, '-H "Authorization: Bearer $TOKEN"', ...lines].join(" \\\n  "));
}

// For a shell: nothing in single quotes means anything.
function quoted(value) {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

const inMenu = (act) => (button) => {
  button.closest("details").open = false;
  act();
};

export const SAVED_ACTIONS = { share: inMenu(() => share()), "copy-curl": inMenu(copyCurl) };
