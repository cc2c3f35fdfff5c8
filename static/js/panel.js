// Where an open line is shown: below itself, or in a panel at the side.
import { redraw } from "./chart.js";
import { remember } from "./remember.js";

const page = document.documentElement;
const isWide = matchMedia("(min-width: 1001px)");

export const isBeside = () => page.dataset.details === "side" && isWide.matches;
const opened = () => [...document.querySelectorAll("#rows > .row.open")];

// A panel has room for one line: what was open before is closed.
export function showAlone(row, toggle) {
  if (!isBeside() || row.parentElement.id !== "rows") return;
  for (const other of opened()) if (other !== row) toggle(other);
  redraw();
}

// The panel goes along with the line that the keys lead to.
export function follow(row, toggle) {
  if (isBeside() && row && opened().length && !row.classList.contains("open")) toggle(row);
}

function move() {
  page.dataset.details = page.dataset.details === "side" ? "line" : "side";
  remember("details", page.dataset.details);
  if (isBeside()) for (const row of opened().slice(1)) row.querySelector('[data-action="close"]')?.click();
  opened()[0]?.querySelector(".line").scrollIntoView({ block: "nearest" });
  redraw();
}

export const PANEL_ACTIONS = { panel: move };
export const PANEL_KEYS = { p: move };
