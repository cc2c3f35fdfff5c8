// A session that has ended: the page says so, and leads back to what is typed in it.
import { text } from "./strings.js";

// Not known any more; or known anew, by a login elsewhere, which these forms are older than.
const ENDED = [401, 403];

const notice = () => document.getElementById("notice");
const offered = () => notice()?.querySelector("[data-sign-in]");

export const hasEnded = (status) => ENDED.includes(status);

// Like fetch, for what the scripts of a page ask.
export async function ask(address, options = {}) {
  const headers = { "HX-Request": "true", ...options.headers }; // an answer for a part of a page
  const answer = await fetch(address, { ...options, headers });
  if (hasEnded(answer.status)) offerLogin();
  return answer;
}

// What happens by itself leaves the page as it is.
export function offerLogin() {
  const place = notice();
  if (!place || offered()) return;
  const link = document.createElement("a");
  link.dataset.signIn = "";
  link.href = login(here());
  link.textContent = text("signedOut");
  link.addEventListener("click", () => { link.href = login(here()); }); // typed since then
  place.replaceChildren(link);
  place.hidden = false;
}

export function takeBack() {
  if (!offered()) return;
  notice().replaceChildren();
  notice().hidden = true;
}

// What somebody runs cannot be shown: to the login, and back to its results.
export function logIn(form) {
  const given = [...new FormData(form)].filter(([, value]) => value);
  const { pathname } = new URL(form.action);
  location.assign(login(`${pathname}?${new URLSearchParams(given)}${location.hash}`));
}

function login(next) {
  return `${document.getElementById("strings").dataset.login}?${new URLSearchParams({ ended: 1, next })}`;
}

function here() {
  const url = new URL(location);
  const typed = document.getElementById("q")?.value;
  if (typed) url.searchParams.set("q", typed);
  else if (typed === "") url.searchParams.delete("q");
  return url.pathname + url.search + url.hash;
}
