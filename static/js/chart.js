// The histogram: entries over time, stacked by level; dragging zooms.
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { crowd } from "./crowd.js";
import { ask } from "./session.js";
import { grouped, text } from "./strings.js";

const LEVELS = ["FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"]; // lowest in the stack first
const BADGES = { FATAL: "FA", ERROR: "ER", WARN: "WA", INFO: "IN", DEBUG: "DE", TRACE: "TR" };
const MIN_BRUSH_PX = 4;
const SNAP_PX = 4; // so near to the border of a bar, the border is meant
export const WHOLE = [1, 2, 5].flatMap((n) => [...Array(9).keys()].map((power) => n * 10 ** power)).sort((a, b) => a - b);

let plot;
let drawn; // what draw() was given last, for another theme or width

export async function loadChart(onZoom) {
  const chart = document.getElementById("chart");
  if (!chart) return forget();
  const asked = chart.dataset.url;
  if (!asked) return forget(); // its counts come as they are read
  try {
    const answer = await ask(asked);
    if (!answer.ok) throw new Error(String(answer.status));
    const counted = await answer.json();
    if (document.getElementById("chart")?.dataset.url !== asked) return; // a later search won
    drawCounts(counted, onZoom);
  } catch {
    note(text("noChart"));
  }
}

export function drawCounts(counted, onZoom) {
  if (!document.getElementById("plot")) return;
  showCounts(counted);
  drawn = { counted: { ...counted, rows: withEmpty(counted) }, onZoom };
  draw();
}

// Every step of the range: a bar is as wide as the nearest two are apart.
function withEmpty({ rows, step_s: step, start, end }) {
  if (!rows.length) return rows;
  const known = new Map(rows.map((row) => [Date.parse(row.start), row]));
  const [from, to, wide] = [Date.parse(start), Date.parse(end), step * 1000];
  const first = Date.parse(rows[0].start);
  const times = new Set(known.keys());
  for (let at = first - Math.ceil((first - from) / wide) * wide; at < to; at += wide) times.add(at);
  return [...times].sort((a, b) => a - b).map((at) => known.get(at) ?? { start: new Date(at).toISOString(), levels: {} });
}

export function redraw() {
  if (drawn && document.getElementById("plot")) draw();
}

function forget() {
  plot?.destroy();
  plot = drawn = undefined;
}

function draw() {
  const { counted, onZoom } = drawn;
  const place = document.getElementById("plot");
  plot?.destroy();
  plot = undefined;
  place.replaceChildren();
  offerZoom(undefined);
  if (!counted.rows.length) return;
  const levels = shownLevels();
  offerZoom(most(counted, levels));
  const data = stacked(counted.rows, levels);
  plot = new uPlot(options(place, counted, levels, onZoom), data, place);
  const total = counted.rows.reduce((sum, row) => sum + sumOf(row.levels, levels), 0);
  place.setAttribute("aria-label", text("chartLabel", { n: grouped(total) }));
}

// Old entries stretch the axis: what people look for is then a bar of a pixel's width.
function most(counted, levels) {
  const found = crowd(counted.rows.map((row) => sumOf(row.levels, levels)));
  if (!found) return undefined;
  const from = Date.parse(counted.rows[found.first].start) / 1000;
  const to = Date.parse(counted.rows[found.last].start) / 1000 + counted.step_s;
  return { from, to, share: found.share };
}

function offerZoom(found) {
  const button = document.getElementById("zoom-most");
  if (!button) return;
  button.hidden = !found;
  if (!found) return;
  const zone = document.getElementById("found").dataset.zone;
  button.title = `${stretch(found.from * 1000, found.to * 1000, zone)} · ${Math.round(found.share * 100)} %`;
}

function zoomToMost() {
  if (!drawn || document.getElementById("zoom-most")?.hidden !== false) return;
  const { from, to } = most(drawn.counted, shownLevels());
  drawn.onZoom(from, to);
}

export const CHART_ACTIONS = { "zoom-most": zoomToMost };
export const CHART_KEYS = { z: zoomToMost };

function shownLevels() {
  const chosen = document.getElementById("chart").dataset.levels.split(" ").filter(Boolean);
  return LEVELS.filter((level) => !chosen.length || chosen.includes(level));
}

// uPlot draws later series above earlier ones: the tallest sum comes first.
function stacked(rows, levels) {
  const times = rows.map((row) => Date.parse(row.start) / 1000);
  const sums = levels.map((_, index) => rows.map((row) => sumOf(row.levels, levels.slice(0, index + 1)) || null));
  return [times, ...sums.reverse()];
}

function sumOf(counts, levels) {
  return levels.reduce((sum, level) => sum + (counts[level] ?? 0), 0);
}

function options(place, counted, levels, onZoom) {
  const dim = colour("--dim");
  const line = { stroke: colour("--line"), width: 1 };
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const step = counted.step_s;
  const zone = document.getElementById("found").dataset.zone;
  const axis = { stroke: dim, font, ticks: { show: false } };
  return {
    width: place.clientWidth,
    height: place.clientHeight,
    padding: [4, 26, 0, 0],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false, dist: MIN_BRUSH_PX } },
    scales: {
      x: { range: () => [Date.parse(counted.start) / 1000, Date.parse(counted.end) / 1000] },
      y: { range: (_, low, high) => [0, Math.max(high ?? 0, 1) * 1.08] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 20, gap: 3, space: 90, values: timeLabels(zone) },
      { ...axis, grid: line, size: 44, gap: 4, space: 24, incrs: WHOLE, values: (_, ticks) => ticks.map(short) },
    ],
    series: [{}, ...[...levels].reverse().map((level) => ({
      fill: colour(`--chart-${level.toLowerCase()}`),
      width: 0,
      points: { show: false },
      paths: uPlot.paths.bars({ size: [0.86, Infinity], align: 1 }),
    }))],
    hooks: {
      drawClear: [(chart) => shadeLoaded(chart)],
      setCursor: [(chart) => hover(counted, levels, zone, chart.cursor.idx)],
      setSelect: [(chart) => brushed(chart, step, onZoom)],
    },
  };
}

// The part of time that the list below has loaded.
function shadeLoaded(chart) {
  const rows = document.querySelectorAll("#rows > .row");
  const isPart = rows.length > 0 && !document.querySelector("#rows > .end");
  document.getElementById("chart-loaded").hidden = !isPart;
  if (!isPart) return;
  const oldest = Date.parse(rows[rows.length - 1].dataset.at) / 1000;
  const from = Math.max(chart.valToPos(oldest, "x", true), chart.bbox.left);
  const to = chart.bbox.left + chart.bbox.width;
  chart.ctx.fillStyle = colour("--chart-loaded");
  chart.ctx.fillRect(from, chart.bbox.top, to - from, chart.bbox.height);
}

function hover(counted, levels, zone, index) {
  const place = document.getElementById("chart-hover");
  if (!place) return;
  place.replaceChildren();
  const row = counted.rows[index];
  if (!row) return;
  const start = Date.parse(row.start);
  place.append(stretch(start, start + counted.step_s * 1000, zone));
  for (const level of levels) {
    if (!row.levels[level]) continue;
    const name = document.createElement("i");
    name.textContent = BADGES[level];
    place.append("  ", name, ` ${grouped(row.levels[level])}`);
  }
}

function brushed(chart, step, onZoom) {
  const { left, width } = chart.select;
  if (width < MIN_BRUSH_PX) return;
  const snap = step >= 1 ? step : 0.001;
  const from = Math.floor(chart.posToVal(left + SNAP_PX, "x") / snap) * snap;
  const to = Math.ceil(chart.posToVal(left + width - SNAP_PX, "x") / snap) * snap;
  onZoom(from, Math.max(to, from + snap));
}

export function timeLabels(zone) {
  return (chart, ticks) => {
    const span = chart.scales.x.max - chart.scales.x.min;
    return ticks.map((tick) => stamp(tick * 1000, zone).slice(...shownPart(span)));
  };
}

// Years, months, days, minutes or seconds: what tells the ticks of a span apart.
function shownPart(span) {
  const day = 86400;
  if (span > 3 * 365 * day) return [0, 4];
  if (span > 180 * day) return [0, 7];
  if (span > 2 * day) return [5, 10];
  return span < 600 ? [11, 19] : [11, 16];
}

// "2026-11-22 14:03:00 – 14:04:00": the day is said once
export function stretch(from, to, zone) {
  const [start, end] = [stamp(from, zone), stamp(to, zone)];
  return `${start} – ${end.startsWith(start.slice(0, 10)) ? end.slice(11) : end}`;
}

// "2026-11-22 14:03:00", the same in every language
function stamp(milliseconds, zone) {
  const format = new Intl.DateTimeFormat("en", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  });
  const part = Object.fromEntries(format.formatToParts(milliseconds).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}:${part.second}`;
}

export const short = (number) => (number === 0 ? "" : number >= 1e6 ? `${number / 1e6}M` : number >= 1e3 ? `${number / 1e3}k` : String(number));

function showCounts(counted) {
  for (const place of document.querySelectorAll("[data-count]")) {
    const all = counted.rows.reduce((sum, row) => sum + (row.levels[place.dataset.count] ?? 0), 0);
    place.textContent = all ? grouped(all) : "";
  }
}

// Custom properties hold light-dark(): only a real element resolves them.
export function colour(name) {
  const probe = document.getElementById("said");
  probe.style.setProperty("color", `var(${name})`);
  const resolved = getComputedStyle(probe).color;
  probe.style.removeProperty("color");
  return resolved;
}

export function note(words) {
  const place = document.querySelector(".chart-note");
  if (place) place.textContent = words;
}
