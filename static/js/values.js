// Values of an entry as parts of the search: included, excluded, shown as columns.
import { remember } from "./remember.js";
import { ask } from "./session.js";

const form = document.getElementById("search");
const byId = (id) => document.getElementById(id);

// The server puts the texts together: its parser knows what they mean.
async function refine(element, exclude) {
  const condition = conditionOf(element);
  if (!condition) return;
  if (!exclude) element.dispatchEvent(new CustomEvent("included", { bubbles: true }));
  const asked = new URLSearchParams({ q: byId("q")?.value ?? "", condition });
  if (exclude) asked.set("exclude", "1");
  const answer = await ask(`/refined?${asked}`);
  if (!answer.ok) return;
  const { q } = await answer.json();
  if (!form) return location.assign(`/?${new URLSearchParams({ q, range: "all" })}`);
  byId("q").value = q;
  form.requestSubmit();
}

const conditionOf = (element) => element?.closest("[data-condition]")?.dataset.condition;

// By key: the value under the pointer, else the one that has the focus.
function byKey(exclude) {
  const pointed = document.querySelector(".fields tr[data-condition]:hover");
  return refine(pointed ?? document.activeElement, exclude);
}

const chosen = () => byId("columns").value.split(",").filter(Boolean);

function toggleColumn({ dataset: { column } }) {
  if (!form) return;
  const before = chosen();
  const after = before.includes(column) ? before.filter((name) => name !== column) : [...before, column];
  byId("columns").value = after.join(",");
  remember("columns", encodeURIComponent(byId("columns").value));
  form.requestSubmit();
}

// Says of each button whether its column stands in the list; new ones are narrowed, too.
export function markColumns() {
  if (!form) return;
  document.querySelectorAll("[data-narrows] input").forEach(narrow);
  const names = chosen();
  for (const button of document.querySelectorAll('[data-action="column"]')) {
    button.setAttribute("aria-pressed", String(names.includes(button.dataset.column)));
  }
}

// Lists of fields, in the filters and in an entry, narrow down to a part of their names.
document.addEventListener("input", (event) => {
  if (event.target.closest("[data-narrows]")) narrow(event.target);
});

function narrow(box) {
  const part = box.value.toLowerCase();
  for (const one of box.closest("[data-narrows]").querySelectorAll("[data-name]")) {
    one.hidden = !one.dataset.name.toLowerCase().includes(part);
  }
}

export const VALUE_ACTIONS = {
  include: (button) => refine(button, false),
  exclude: (button) => refine(button, true),
  column: toggleColumn,
};
export const VALUE_KEYS = { i: () => byKey(false), x: () => byKey(true) };
