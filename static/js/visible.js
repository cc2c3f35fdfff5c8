// Log text as it may be shown: nothing hidden, nothing that acts, words marked.
// The same rules as logsite/search/visible.py and colours.py, for lines of the socket.
export const MAX_SHOWN = 8 * 1024;

const ANSI = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]+[0-~]|[0-_c])/g;
const DIVIDED_BREAK = new RegExp(`\\r((?:${ANSI.source})+)\\n`, "g");
const COLOUR = /^\x1b\[([\d;]*)m$/;
const MAX_COLOURS = 200; // changes of colour in one text; what follows has none
const MORE_FOLLOW = { 5: 1, 2: 3 }; // numbers of a colour behind 38;5 and 38;2
const PLAIN = { colour: "", bold: false, under: false };
const CHANGES = { "": PLAIN, 1: { bold: true }, 4: { under: true }, 22: { bold: false }, 24: { under: false }, 39: { colour: "" } };
const HIDDEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
const CJK = "\\u1100-\\u11ff\\u3041-\\u318f\\u31a0-\\u31ff\\u3400-\\u9fff\\uac00-\\ud7ff";
const WORD = `(?![${CJK}])[\\p{L}\\p{N}_]`; // a word ends where the script changes to CJK

export function visible(text) {
  return spelled(text.replace(ANSI, ""));
}

function spelled(text) {
  return text.replace(/\r\n|\r(?!\n)/g, "\n").replace(HIDDEN, picture);
}

// The text without sequences, piece by piece, with the classes of each.
export function coloured(text) {
  const pieces = [];
  let ink = {};
  let at = 0;
  let count = 0;
  for (const found of text.replace(DIVIDED_BREAK, "$1\n").matchAll(ANSI)) {
    pieces.push([found.input.slice(at, found.index), classes(ink)]);
    const colour = COLOUR.exec(found[0]);
    if (colour) ink = count < MAX_COLOURS ? changed(ink, colour[1].split(";")) : {};
    at = found.index + found[0].length;
    count += 1;
  }
  pieces.push([text.replace(DIVIDED_BREAK, "$1\n").slice(at), classes(ink)]);
  return pieces.map(([piece, names]) => [spelled(piece), names]);
}

function changed(ink, numbers) {
  const left = [...numbers];
  let after = { ...ink };
  while (left.length) {
    const number = left.shift();
    if (number === "38" || number === "48") left.splice(0, 1 + (MORE_FOLLOW[left[0]] ?? 0));
    else after = { ...after, ...CHANGES[number.replace(/^0+/, "")], ...(/^[39][0-7]$/.test(number) && { colour: number[1] }) };
  }
  return after;
}

const classes = ({ colour, bold, under }) => [colour && `ink-${colour}`, bold && "ink-bold", under && "ink-under"].filter(Boolean).join(" ");

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

// The first line that says something, as nodes: coloured, marked, cut. Log text never
// becomes markup.
export function firstLine(message, pattern) {
  const pieces = coloured(message);
  const whole = pieces.map(([piece]) => piece).join("");
  const begin = whole.length - whole.replace(/^\n+/, "").length;
  const [line, ...rest] = whole.replace(/^\n+|\n+$/g, "").split("\n");
  const end = begin + Math.min(line.length, MAX_SHOWN);
  const marks = pattern ? places(line.slice(0, MAX_SHOWN), pattern).map((place) => place + begin) : [];
  const nodes = [];
  let at = 0;
  for (const [piece, names] of pieces) {
    const cuts = [at, ...marks.filter((edge) => edge > at && edge < at + piece.length), at + piece.length];
    for (let n = 1; n < cuts.length; n += 1) {
      const [from, to] = [Math.max(cuts[n - 1], begin), Math.min(cuts[n], end)];
      if (from < to) nodes.push(node(whole.slice(from, to), names, isWithin(marks, from)));
    }
    at += piece.length;
  }
  return { nodes, moreLines: rest.length, moreCharacters: line.length - (end - begin) };
}

// Edges of what is marked: start, end, start, end.
const isWithin = (edges, place) => edges.filter((edge) => edge <= place).length % 2 === 1;

function node(text, names, isMarked) {
  let made = document.createTextNode(text);
  for (const [tag, name, wanted] of [["span", names, names], ["mark", "", isMarked]]) {
    if (!wanted) continue;
    const around = document.createElement(tag);
    if (name) around.className = name;
    around.append(made);
    made = around;
  }
  return made;
}

function places(text, pattern) {
  const { folded, origin } = fold(text);
  return [...folded.matchAll(pattern)].flatMap((found) => [origin[found.index], origin[found.index + found[0].length - 1] + 1]);
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
