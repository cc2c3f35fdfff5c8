// What is kept of a search: links to it and its lines, a name for it, the history.
import { copy, say } from "./copy.js";
import { ask, hasEnded } from "./session.js";
import { text } from "./strings.js";

const MOVING = ["range", "when", "from", "to"];
const TOO_MANY = 429;
const OF_THE_PAGE = ["saved", "line"];

// The search whose results are shown, with the times that they are of.
function shown() {
  const asked = new URLSearchParams(location.search);
  for (const name of OF_THE_PAGE) asked.delete(name);
  if (asked.has("live")) return asked;
  for (const name of MOVING) asked.delete(name);
  const { start, end, askedAt } = byId("found").dataset;
  if (start) asked.set("from", start);
  asked.set("to", end || askedAt);
  return asked;
}

const byId = (id) => document.getElementById(id);
const csrfToken = () => document.querySelector('[name="csrfmiddlewaretoken"]').value;

function post(path, body, headers = {}) {
  const said = { "X-CSRFToken": csrfToken(), ...headers };
  return ask(path, { method: "POST", headers: said, body, keepalive: true });
}

// -- Links and commands -----------------------------------------------------------------
async function share(line = "") {
  const asked = JSON.stringify({ query: String(shown()), line });
  const answer = await post("/api/links", asked, { "Content-Type": "application/json" }).catch(() => ({}));
  if (hasEnded(answer.status)) return;
  if (!answer.ok) return say(text(answer.status === TOO_MANY ? "tooManyLinks" : "failed", { n: answer.status ?? "–" }));
  const { url } = await answer.json();
  copy(url, url);
}

// Among the results by a link to them; a neighbour of theirs is no match, and stands alone.
export function shareLine(id) {
  if (!id) return undefined;
  const isMatch = byId(`e-${id}`)?.matches("#rows > .row");
  return isMatch ? share(id) : copy(`${location.origin}/entries/${id}`);
}

// The row that a link has led to.
export function linkedRow() {
  const { line } = byId("found").dataset;
  return line && byId(`e-${line}`);
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

// -- A name for the search -------------------------------------------------------------
async function name() {
  const { url } = byId("naming").dataset;
  await window.htmx.ajax("GET", url + location.search, { target: "#naming-form" });
  byId("naming").showModal();
  byId("naming-form").querySelector("#id_name")?.focus();
}

document.addEventListener("search-saved", ({ detail }) => {
  byId("naming").close();
  byId("saved").value = detail.id;
  byId("saved-name").querySelector("b").textContent = detail.name;
  byId("saved-name").hidden = false;
  say(text("saved", { name: detail.name }));
});

// -- Saved searches and history, reached from the box ------------------------------------
const kept = byId("kept");
const links = () => [...byId("kept-body").querySelectorAll("[data-kept]:not([hidden]) a")];

kept?.addEventListener("toggle", async () => {
  if (!kept.open) return;
  await window.htmx.ajax("GET", kept.dataset.url, { target: "#kept-body" });
  byId("kept-find").focus();
});

kept?.addEventListener("input", ({ target }) => {
  const words = target.value.toLowerCase().split(/\s+/);
  for (const one of kept.querySelectorAll("[data-kept]")) {
    const content = one.textContent.toLowerCase();
    one.hidden = !words.every((word) => content.includes(word));
  }
});

kept?.addEventListener("keydown", (event) => {
  const found = links();
  const here = found.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) (found[here + step] ?? byId("kept-find")).focus();
  else if (event.key === "Enter" && event.target.id === "kept-find") found[0]?.click();
  else return;
  event.preventDefault();
  event.stopPropagation();
});

let noted = "";

// The history is of searches whose results were shown.
export function note() {
  const query = location.search;
  if (query === noted || !(byId("found").dataset.askedAt || byId("live"))) return;
  noted = query;
  post("/searches/past", new URLSearchParams({ query })).catch(() => {}); // fails alone
}

document.addEventListener("keydown", (event) => {
  if (!kept || document.querySelector("dialog[open]")) return;
  const isSave = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key === "s";
  const isHistory = event.altKey && event.shiftKey && event.code === "KeyH";
  if (!isSave && !isHistory) return;
  event.preventDefault();
  if (isSave) name();
  else kept.open = !kept.open;
});

const inMenu = (act) => (button) => {
  button.closest("details").open = false;
  act();
};

export const SAVED_ACTIONS = { share: inMenu(() => share()), save: inMenu(name), "copy-curl": inMenu(copyCurl) };
