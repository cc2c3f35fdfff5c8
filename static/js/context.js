// The lines around one: opened below its row, for one scope after the other.
import { remember } from "./remember.js";

const plain = (event) => !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);
const panelOf = (row) => row?.querySelector(":scope > .around");

// A line within the panel of another, once more in the middle of it, means that other.
function rowOf(element) {
  const row = element?.closest(".row");
  return row?.closest(".here") ? row.closest(".around")?.closest(".row") ?? row : row;
}

function open(row) {
  const panel = document.createElement("div");
  panel.className = "around";
  row.append(panel);
  return load(panel, `/entries/${row.dataset.id}/context`);
}

async function load(panel, address) {
  const asked = document.getElementById("q")?.value;
  const url = new URL(address, location.origin);
  if (asked) url.searchParams.set("q", asked);
  await window.htmx.ajax("GET", url.pathname + url.search, { target: panel, swap: "innerHTML" });
  if (!panel.firstElementChild) return panel.remove(); // why is said at the top of the page
  panel.querySelector(".here .time")?.focus({ preventScroll: true });
  panel.querySelector(".here")?.scrollIntoView({ block: "center" });
}

function close(row) {
  panelOf(row).remove();
  row.querySelector(".time").focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function toggle(element) {
  const row = rowOf(element);
  if (panelOf(row)) close(row);
  else if (row && !row.closest(".context-page .here")) open(row);
}

// Whether there was a panel to close, of the line or around it.
export function closeContext(element) {
  const row = rowOf(element);
  const owner = panelOf(row) ? row : row?.closest(".around")?.closest(".row");
  if (owner) close(owner);
  return Boolean(owner);
}

document.addEventListener("click", (event) => {
  if (!plain(event)) return;
  const choice = event.target.closest(".around a[data-scope]");
  const link = event.target.closest(".row a[data-context]");
  if (!choice && !link) return;
  event.preventDefault();
  if (link) return panelOf(rowOf(link)) ? undefined : open(rowOf(link));
  remember("scope", choice.dataset.scope);
  load(choice.closest(".around"), choice.getAttribute("href"));
});

export const CONTEXT_ACTIONS = { context: toggle };
export const CONTEXT_KEYS = { c: () => toggle(document.activeElement) };
