// The dashboard: two charts, a click on which searches, and a page that stays fresh.
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { colour, short, stretch, timeLabels, WHOLE } from "./chart.js";
import { grouped } from "./strings.js";

const REFRESH_MS = 10_000;
const LEVELS = ["FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"]; // lowest in the stack first
const PARTS = {
  inflow: (row) => LEVELS.map((level) => row.levels[level] ?? 0),
  errors: (row) => [row.levels.FATAL ?? 0, row.levels.ERROR ?? 0],
};
let plots = [];

function draw() {
  const series = document.getElementById("series");
  for (const plot of plots) plot.destroy();
  plots = [];
  if (!series) return;
  const counted = JSON.parse(series.dataset.series);
  for (const figure of document.querySelectorAll("#board .chart")) {
    plots.push(drawn(figure, counted));
  }
}

function drawn(figure, counted) {
  const { kind } = figure.dataset;
  const levels = kind === "inflow" ? LEVELS : LEVELS.slice(0, 2);
  const place = figure.querySelector(".plot");
  const times = counted.rows.map((row) => Date.parse(row.start) / 1000);
  const data = [times, ...stacked(counted.rows.map(PARTS[kind]))];
  if (kind === "errors") data.push(counted.rows.map(rate));
  return new uPlot(options(figure, place, counted, levels, kind), data, place);
}

// uPlot draws later series above earlier ones: the tallest sum comes first.
function stacked(rows) {
  const sums = (rows[0] ?? []).map((_, index) => rows.map((row) => row.slice(0, index + 1).reduce((a, b) => a + b) || null));
  return sums.reverse();
}

const rate = (row) => (row.total ? (100 * row.errors) / row.total : null);

function options(figure, place, counted, levels, kind) {
  const zone = document.getElementById("board").dataset.zone;
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { stroke: colour("--dim"), font, ticks: { show: false } };
  const grid = { stroke: colour("--line"), width: 1 };
  const hover = figure.querySelector(".chart-hover");
  const percents = { ...axis, scale: "%", side: 1, grid: { show: false }, size: 44, gap: 4, space: 36, values: (_, ticks) => ticks.map((tick) => (tick ? `${tick} %` : "")) };
  return {
    width: place.clientWidth,
    height: place.clientHeight,
    padding: [6, kind === "errors" ? 0 : 26, 0, 0],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      x: { range: () => [Date.parse(counted.start) / 1000, Date.parse(counted.end) / 1000] },
      y: { range: (_, low, high) => [0, Math.max(high ?? 0, 1) * 1.08] },
      "%": { range: (_, low, high) => [0, Math.max(high ?? 0, 1) * 1.25] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 20, gap: 3, space: 90, values: timeLabels(zone) },
      { ...axis, grid, size: 44, gap: 4, space: 36, incrs: WHOLE, values: (_, ticks) => ticks.map(short) },
      ...(kind === "errors" ? [percents] : []),
    ],
    series: [{}, ...bars(levels), ...(kind === "errors" ? [line()] : [])],
    hooks: {
      drawClear: [(chart) => shadeUncounted(chart, counted)],
      setCursor: [(chart) => tell(hover, counted, kind, zone, chart.cursor.idx)],
      ready: [(chart) => chart.over.addEventListener("click", () => search(counted, kind, chart.cursor.idx))],
    },
  };
}

function bars(levels) {
  return [...levels].reverse().map((level) => ({
    fill: colour(`--chart-${level.toLowerCase()}`),
    width: 0,
    points: { show: false },
    paths: uPlot.paths.bars({ size: [0.86, 64], align: 1 }),
  }));
}

function line() {
  return { scale: "%", stroke: colour("--text"), width: 1.5, points: { show: false }, spanGaps: false };
}

// Windows that may still grow: what they show is not the last word.
function shadeUncounted(chart, counted) {
  const from = counted.complete_to ? Date.parse(counted.complete_to) / 1000 : chart.scales.x.min;
  const left = Math.max(chart.valToPos(from, "x", true), chart.bbox.left);
  chart.ctx.fillStyle = colour("--hover");
  chart.ctx.fillRect(left, chart.bbox.top, chart.bbox.left + chart.bbox.width - left, chart.bbox.height);
}

function tell(place, counted, kind, zone, index) {
  const row = counted.rows[index];
  if (!row) return place.replaceChildren();
  const start = Date.parse(row.start);
  const share = `${grouped(row.errors)} / ${grouped(row.total)} = ${(rate(row) ?? 0).toFixed(1)} %`;
  const said = kind === "errors" ? share : grouped(row.total);
  place.textContent = `${stretch(start, start + counted.step_s * 1000, zone)}  ${said}`;
}

function search(counted, kind, index) {
  const row = counted.rows[index];
  if (!row) return;
  const start = Date.parse(row.start);
  const asked = new URLSearchParams({
    from: new Date(start).toISOString(),
    to: new Date(start + counted.step_s * 1000).toISOString(),
  });
  if (kind === "errors") for (const level of ["FATAL", "ERROR"]) asked.append("level", level);
  location.assign(`/?${asked}`);
}

// Not while somebody is reading a bar or walking through the lists.
function refresh() {
  const board = document.getElementById("board");
  if (document.hidden || !board || board.contains(document.activeElement) || board.querySelector(".plot:hover")) return;
  window.htmx?.trigger(board, "refresh");
}

setInterval(refresh, REFRESH_MS);
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "board") draw();
});
document.addEventListener("themechange", draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
new ResizeObserver(draw).observe(document.getElementById("main"));
