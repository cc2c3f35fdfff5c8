// What is counted beside the list, as it grows: the chart of a text, services, fields.
import { drawCounts, note } from "./chart.js";
import { grouped } from "./strings.js";
import { offerLogin } from "./session.js";
import { markColumns } from "./values.js";

let source;
let total; // of all matches, known better than by the list; undefined: it is not

const all = (selector) => document.querySelectorAll(selector);

export function startCounts(onZoom) {
  stopCounts();
  const address = document.getElementById("chart")?.dataset.counts;
  if (!address) return;
  source = new EventSource(address);
  const heard = { services: ({ counts }) => services(counts), matches, fields, done: haltCounts, trouble, waiting, "signed-out": signedOut };
  for (const [name, hear] of Object.entries(heard)) {
    source.addEventListener(name, (event) => hear(JSON.parse(event.data), onZoom));
  }
  source.addEventListener("error", haltCounts);
}

export function stopCounts() {
  haltCounts();
  total = undefined;
}

// What was counted stays, with how far back that is.
export function haltCounts() {
  source?.close();
  source = undefined;
}

// The list only knows how many it has shown: of all matches this is known better.
export function showTotal() {
  const place = document.querySelector("#matched b");
  if (total && place && place.textContent !== total) place.textContent = total;
}

function matches(told, onZoom) {
  drawCounts(told.histogram, onZoom);
  note(told.words);
  services(told.services);
  total = told.total;
  showTotal();
}

function services(counts) {
  for (const place of all("[data-count-service]")) {
    const n = counts[place.dataset.countService];
    place.textContent = n ? grouped(n) : "";
  }
}

function fields({ html }) {
  const list = document.querySelector(".seen > ul");
  if (!list || !html.trim()) return;
  window.htmx.swap(list, html, { swapStyle: "innerHTML" });
  document.querySelector(".seen > summary .count").textContent = all(".seen > ul > [data-name]").length;
  markColumns();
}

function waiting({ words }) {
  note(words);
}

function signedOut() {
  haltCounts();
  offerLogin();
}

function trouble({ words }) {
  haltCounts();
  note(words);
}
