// What every page does: preferences, menus, the status line, trouble with the network.
import { remember } from "./remember.js";
import { hasEnded, logIn, offerLogin, takeBack } from "./session.js";
import { text } from "./strings.js";

const STATUS_EVERY_MS = 10_000;
const RETRY_S = 5;
const page = document.documentElement;

// Times are shown in the reader's zone: the login page tells it before the first search.
remember("tz", Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC");

document.addEventListener("click", (event) => {
  const theme = event.target.closest("[data-theme-choice]");
  if (theme) chooseTheme(theme);
  const times = event.target.closest("[data-times-choice]");
  if (times) chooseTimes(times.dataset.timesChoice);
  if (event.target.closest('[data-action="rail"]')) toggleRail();
  if (event.target.closest('[data-action="keys"]')) document.getElementById("keys").showModal();
  closeMenus(event.target.closest("details.menu"));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  page.removeAttribute("data-sheet");
  const open = document.querySelector("details.menu[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
  event.stopImmediatePropagation();
}, true);

// The two keys that every page has; those of the search page are its own.
document.addEventListener("keydown", (event) => {
  const keys = document.getElementById("keys");
  if (!keys || keys.open || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.matches("input, textarea, select")) return;
  if (event.key === "?") keys.showModal();
  if (event.key === "/") goToSearch(event);
});

function goToSearch(event) {
  event.preventDefault();
  const box = document.getElementById("q");
  if (!box) return location.assign(document.querySelector(".brand").href);
  box.focus();
  box.select();
}

function chooseTheme(button) {
  const theme = button.dataset.themeChoice;
  remember("theme", theme);
  page.dataset.theme = theme;
  for (const one of document.querySelectorAll("[data-theme-choice]")) {
    one.setAttribute("aria-pressed", String(one === button));
  }
  document.dispatchEvent(new CustomEvent("themechange"));
}

function chooseTimes(choice) {
  remember("times", choice);
  location.reload(); // every time on the page was written by the server
}

function toggleRail() {
  page.dataset.rail = page.dataset.rail === "narrow" ? "wide" : "narrow";
  remember("rail", page.dataset.rail);
  window.dispatchEvent(new Event("resize"));
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

setInterval(() => {
  const status = document.getElementById("status");
  if (status && !document.hidden) window.htmx?.trigger(status, "refresh");
}, STATUS_EVERY_MS);

// A failed request is said where it can be read and, if the network is away, repeated.
let retrying;

document.addEventListener("htmx:sendError", (event) => noAnswer(event.detail.elt));
document.addEventListener("htmx:timeout", (event) => noAnswer(event.detail.elt));
document.addEventListener("htmx:responseError", ({ detail: { elt, xhr } }) => {
  if (hasEnded(xhr.status)) return elt.id === "search" ? logIn(elt) : offerLogin();
  if (elt.id !== "status") tell(text("failed", { n: xhr.status }));
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.successful) return;
  takeBack(); // logged in again, on another page
  if (retrying || detail.elt.id !== "status") tell("");
});

function noAnswer(asker) {
  if (asker.id === "status" && retrying) return;
  clearInterval(retrying);
  let left = RETRY_S;
  tell(text("noAnswer", { n: left }));
  retrying = setInterval(() => {
    left -= 1;
    if (left > 0) return tell(text("noAnswer", { n: left }), true);
    clearInterval(retrying);
    ask(asker); // `retrying` stays set: what is said goes away when an answer comes
  }, 1000);
}

function ask(asker) {
  if (asker.matches("form")) asker.requestSubmit();
  else if (asker.id === "status") window.htmx.trigger(asker, "refresh");
  else asker.click();
}

function tell(words, still = false) {
  if (!still && retrying && !words) {
    clearInterval(retrying);
    retrying = undefined;
  }
  const notice = document.getElementById("notice");
  if (!notice) return;
  notice.textContent = words;
  notice.hidden = !words;
}
