// What can be done with a search: a link to it, the same for the command line.
import { copy } from "./copy.js";

const asked = () => new URL(location.href).searchParams;

function absolute(names) {
  const { start, end } = document.getElementById("found").dataset;
  const given = [...asked()].filter(([name]) => names.includes(name));
  return [...given, ["from", start], ["to", end]].filter(([, value]) => value);
}

function copySearch() {
  const link = new URL(location.pathname, location.origin);
  const given = absolute(["q", "service", "level"]);
  for (const [name, value] of given) link.searchParams.append(name, value);
  if (!link.searchParams.has("from") && !link.searchParams.has("to")) link.searchParams.set("range", "all");
  copy(link.href);
}

function copyCurl() {
  const given = absolute(["q", "service", "level"]);
  const lines = given.map(([name, value]) => `--data-urlencode ${quoted(`${name}=${value}`)}`);
  const begin = `curl -sS -G ${quoted(`${location.origin}/api/logs`)}`;
  copy([begin, '-H "Authorization: Bearer $TOKEN"', ...lines].join(" \\\n  "));
}

// For a shell: nothing in single quotes means anything.
function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

export const SAVED_ACTIONS = { "copy-search": copySearch, "copy-curl": copyCurl };
