// The tabs above the results: lines, or the patterns of all matches.
const byId = (id) => document.getElementById(id);
let tab = location.hash === "#patterns" ? "patterns" : "lines";

// After each answer: the tab that was chosen stays chosen.
export function showTab() {
  const place = byId("patterns");
  if (!place) return;
  const isChosen = tab === "patterns";
  byId("found").toggleAttribute("data-patterns", isChosen);
  place.hidden = !isChosen;
  for (const button of document.querySelectorAll('[data-action="tab"]')) {
    button.setAttribute("aria-pressed", String(button.dataset.tab === tab));
  }
  if (isChosen) load(place);
  note(isChosen);
}

function load(place) {
  const { url } = place.dataset;
  if (!url) return;
  delete place.dataset.url; // once for each search
  window.htmx.ajax("GET", url, { target: place, swap: "innerHTML" });
}

// In the address, so that a reload and a colleague see the same.
function note(isChosen) {
  const here = new URL(location.href);
  here.hash = isChosen ? "patterns" : "";
  history.replaceState(history.state, "", here.href.replace(/#$/, ""));
}

function choose(name) {
  tab = name;
  showTab();
}

// Who wants only the lines of a pattern wants to see them: it is the only one left. Who
// leaves one out goes on with the others.
document.addEventListener("included", (event) => {
  if (event.target.closest(".pattern")) tab = "lines";
});

export const TAB_ACTIONS = { tab: (button) => choose(button.dataset.tab) };
export const TAB_KEYS = { g: () => choose(tab === "patterns" ? "lines" : "patterns") };
