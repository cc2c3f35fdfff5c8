// Log text as it may be shown: nothing hidden, nothing that acts, words marked.
// The same rules as logsite/search/visible.py, for lines that come over the socket.
export const MAX_SHOWN = 8 * 1024;

const ANSI = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]+[0-~]|[0-_c])/g;
const HIDDEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
const CJK = "\\u1100-\\u11ff\\u3041-\\u318f\\u31a0-\\u31ff\\u3400-\\u9fff\\uac00-\\ud7ff";
const WORD = `(?![${CJK}])[\\p{L}\\p{N}_]`; // a word ends where the script changes to CJK

export function visible(text) {
  return text.replace(ANSI, "").replace(/\r\n|\r(?!\n)/g, "\n").replace(HIDDEN, picture);
}

function picture(character) {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "\u2421" : `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
}

// What finds phrases (lists of folded words) in folded text.
export function marker(phrases) {
  if (!phrases.length) return undefined;
  const longestFirst = [...phrases].sort((one, other) => other.length - one.length);
  const parts = longestFirst.map((phrase) => phrase.map(wordPattern).join("[^\\p{L}\\p{N}_]*"));
  return new RegExp(parts.join("|"), "gu");
}

function wordPattern(word) {
  const literal = word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  if (new RegExp(`^[${CJK}]`, "u").test(word)) return literal; // a stem is found whatever follows it
  return `(?<!${WORD})${literal}(?!${WORD})`;
}

// Text and <mark> elements; log text never becomes markup.
export function marked(text, pattern) {
  if (!pattern) return [text];
  const { folded, origin } = fold(text);
  const pieces = [];
  let at = 0;
  for (const found of folded.matchAll(pattern)) {
    const [start, end] = [origin[found.index], origin[found.index + found[0].length - 1] + 1];
    const mark = document.createElement("mark");
    mark.textContent = text.slice(start, end);
    pieces.push(text.slice(at, start), mark);
    at = end;
  }
  pieces.push(text.slice(at));
  return pieces;
}

// Folded text, and for each of its characters the index it came from.
function fold(text) {
  let folded = "";
  const origin = [];
  for (let at = 0; at < text.length; at += 1) {
    const part = text[at].normalize("NFKC").toLowerCase().normalize("NFKC");
    folded += part;
    for (let n = 0; n < part.length; n += 1) origin.push(at);
  }
  return { folded, origin };
}
