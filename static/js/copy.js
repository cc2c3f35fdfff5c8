// Copies text to the clipboard and says so.
import { text } from "./strings.js";

const SAID_MS = 1600;
let hiding;

// `shown` is said with it: what is worth reading at once.
export async function copy(value, shown = "") {
  const done = await write(value);
  say(text(done ? "copied" : "notCopied") + (shown && `: ${shown}`));
}

async function write(value) {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return writeWithoutApi(value); // over plain http there is no clipboard API
  }
}

function writeWithoutApi(value) {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.value = value;
  area.className = "skip";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return done;
}

export function say(words) {
  const place = document.getElementById("said");
  place.textContent = words;
  place.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { place.hidden = true; }, SAID_MS);
}
