// Live mode: lines are appended as they come, unless somebody reads, selects or pauses.
import { rowMaker } from "./liverow.js";
import { offerLogin } from "./session.js";
import { grouped, text } from "./strings.js";
import { marker } from "./visible.js";

const MAX_ROWS = 1000; // in the list; the oldest go
const MAX_PENDING = 2000; // lines that wait while the list stands still; then the server waits
const FLUSH_MS = 100;
const NOTE_MS = 1000; // between two cursors in the address of the page
const AT_BOTTOM_PX = 24;
const WAITS_S = [1, 2, 5, 10]; // before the next attempt; the last one repeats
const LOG_IN = 4401;
const FINAL = [4400, LOG_IN, 4429]; // codes after which trying again would not help

const GAPS = { expired: "liveGap", truncated: "liveCut", recreated: "liveRecreated" };

const byId = (id) => document.getElementById(id);
let tail; // the one of the page as it is now

export const isLive = () => Boolean(tail);

export function startLive() {
  stopLive();
  const place = byId("live");
  if (!place) return;
  tail = new Tail(place, byId("rows"), byId("found").dataset.zone);
}

export function stopLive() {
  tail?.stop();
  tail = undefined;
}

export const LIVE_ACTIONS = {
  pause: () => tail?.pause(),
  empty: () => tail?.empty(),
  latest: () => tail?.latest(),
};

class Tail {
  constructor(place, rows, zone) {
    Object.assign(this, { place, rows, zone, cursor: place.dataset.cursor });
    this.pending = [];
    this.shown = this.cursor; // behind what the list shows: a reload goes on there
    this.noted = this.rested = 0;
    this.missed = 0; // on the server, while it was told to wait
    this.attempt = 0;
    this.paused = this.serverWaits = this.stopped = false;
    this.atBottom = true;
    this.maker = rowMaker(zone);
    this.title = document.title;
    this.ended = new AbortController();
    document.addEventListener("visibilitychange", () => this.turned(), { signal: this.ended.signal });
    rows.addEventListener("scroll", () => this.scrolled());
    this.observer = new ResizeObserver(() => this.atBottom && this.toBottom());
    this.observer.observe(rows);
    this.flushing = setInterval(() => this.flush(), FLUSH_MS);
    this.offerFocus();
    this.toBottom();
    this.connect();
  }

  // -- The socket -------------------------------------------------------------------------
  connect() {
    const address = new URL("/ws/tail", location.href);
    address.protocol = location.protocol.replace("http", "ws");
    address.search = this.place.dataset.query;
    if (this.cursor) address.searchParams.set("cursor", this.cursor);
    this.socket = new WebSocket(address);
    this.socket.addEventListener("message", (event) => this.take(JSON.parse(event.data)));
    this.socket.addEventListener("close", (event) => this.closed(event));
  }

  closed({ code, reason }) {
    if (this.stopped) return;
    this.serverWaits = false;
    this.tellSkipped();
    byId("live-rates").textContent = ""; // they are of before
    if (code === LOG_IN) offerLogin(); // the lines stay, and what is typed
    if (FINAL.includes(code)) return this.say("ended", text("liveEnded", { why: this.why ?? reason }));
    const wait = WAITS_S[Math.min(this.attempt, WAITS_S.length - 1)];
    this.attempt += 1;
    this.say("away", text("liveAgain", { n: wait }));
    this.retrying = setTimeout(() => this.connect(), wait * 1000);
  }

  stop() {
    this.stopped = true;
    clearInterval(this.flushing);
    clearTimeout(this.retrying);
    this.ended.abort();
    document.title = this.title;
    this.observer.disconnect();
    this.socket.close();
  }

  tell(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  // -- Frames -----------------------------------------------------------------------------
  take(frame) {
    if (this.stopped) return;
    const { cursor, type } = frame;
    if (cursor) this.cursor = cursor;
    if (type === "hello") this.begun(frame);
    else if (type === "entries") this.push(frame);
    else if (type === "skipped") this.skip(frame);
    else if (type === "gap") this.pending.push({ note: frame, cursor });
    else if (type === "status") this.status(frame);
    else if (type === "error") this.trouble(frame);
    this.bound();
  }

  push({ entries, cursor }) {
    for (const entry of entries) this.pending.push({ entry });
    this.pending[this.pending.length - 1].cursor = cursor; // not before the last of them
  }

  begun({ words }) {
    this.attempt = 0;
    this.maker = rowMaker(this.zone, marker(words));
    this.showState();
  }

  status(frame) {
    this.tellSkipped();
    this.missed = this.serverWaits ? frame.waiting : 0;
    this.kafkaAway = !frame.kafka;
    this.behind = frame.behind;
    const rates = { matched: grouped(frame.matched_per_s), shown: grouped(frame.shown_per_s) };
    byId("live-rates").textContent = text("liveRates", rates);
    this.showState();
  }

  // A stretch of which nothing is shown is told where it lies.
  skip(frame) {
    if (frame.shown || this.skipped) this.skipped = joined(this.skipped, frame);
    else this.pending.push({ note: frame, cursor: frame.cursor });
  }

  // Once a second, behind the sample of the same stretch.
  tellSkipped() {
    if (this.skipped) this.pending.push({ note: this.skipped });
    this.skipped = undefined;
  }

  trouble({ code, message, hint }) {
    this.why = `${message} ${hint}`.trim();
    if (code === "brokers_unavailable") this.say("away", text("liveKafka"));
  }

  // The list may stand still for long: then what comes waits on the server, and is counted there.
  bound() {
    if (this.serverWaits || this.pending.length < MAX_PENDING) return;
    this.serverWaits = true;
    this.tell({ type: "pause" });
  }

  // -- The list ---------------------------------------------------------------------------
  frozen() {
    const selected = getSelection();
    const isReading = !selected.isCollapsed && this.rows.contains(selected.anchorNode);
    return this.paused || !this.atBottom || isReading || Boolean(this.rows.querySelector(".row.open, .around"));
  }

  flush() {
    if (document.hidden) return this.countInTitle();
    const frozen = this.frozen();
    if (!frozen && performance.now() >= this.rested) this.draw();
    if (!frozen && this.serverWaits && !this.pending.length) {
      this.serverWaits = false;
      this.missed = 0;
      this.tell({ type: "resume", newest: MAX_ROWS }); // more would only be replayed
    }
    this.showLatest(frozen);
    this.showState();
    this.note();
  }

  // Nobody sees a hidden tab: what came is drawn when somebody turns to it.
  turned() {
    if (document.hidden) return;
    document.title = this.title;
    this.rested = 0;
    this.flush();
  }

  // Twice as long as it takes to draw belongs to the person at the keys.
  draw() {
    const begun = performance.now();
    this.append(this.pending.splice(0));
    const now = performance.now();
    this.rested = now + 2 * (now - begun);
  }

  // Of more than the list holds only the newest are drawn.
  append(items) {
    if (!items.length) {
      if (!this.skipped) this.shown = this.cursor;
      return;
    }
    this.shown = items.findLast(({ cursor }) => cursor)?.cursor ?? this.shown;
    const made = document.createDocumentFragment();
    for (const { entry, note } of items.slice(-MAX_ROWS)) {
      if (note) made.append(this.line(note));
      else if (!byId(`e-${entry.id}`)) this.add(made, entry); // joined with what search found
    }
    this.rows.append(made);
    byId("waits").hidden = true;
    this.trim();
    this.offerFocus();
    this.toBottom();
  }

  add(place, entry) {
    const { made, day } = this.maker.row(entry);
    if (day !== this.lastDay()) place.append(this.maker.dayLine(day));
    this.day = day;
    place.append(made);
  }

  lastDay() {
    this.day ??= [...this.rows.querySelectorAll(".day")].pop()?.textContent.slice(0, 10);
    return this.day;
  }

  line(frame) {
    const line = document.createElement("li");
    line.className = "missing";
    if (frame.type === "gap") {
      const gone = { n: frame.partition, from: grouped(frame.from), to: grouped(frame.to) };
      line.textContent = text(GAPS[frame.reason], gone);
      return line;
    }
    const link = document.createElement("a");
    link.textContent = text("liveShow");
    link.href = this.searchFor(frame);
    link.target = "_blank";
    const share = Math.floor((100 * frame.shown) / (frame.shown + frame.count));
    line.append(`${text("liveSkipped", { p: `${share} %`, n: grouped(frame.count) })} `, link);
    return line;
  }

  searchFor({ oldest, newest, from, to }) {
    const asked = new URLSearchParams(this.place.dataset.query);
    asked.set("from", oldest);
    asked.set("to", new Date(Date.parse(newest) + 1).toISOString()); // exclusive
    asked.set("after", from);
    asked.set("upto", to);
    return `/?${asked}`;
  }

  // All that stands before the first line that stays, but the day of that.
  trim() {
    const rows = this.rows.querySelectorAll(":scope > .row");
    const first = rows[rows.length - MAX_ROWS];
    if (!first) return;
    let day;
    for (let one = this.rows.firstElementChild; one !== first; one = this.rows.firstElementChild) {
      if (one.matches(".day")) day = one;
      one.remove();
    }
    if (day) this.rows.prepend(day);
  }

  offerFocus() {
    if (this.rows.contains(document.activeElement)) return;
    for (const link of this.rows.querySelectorAll('.time[tabindex="0"]')) link.tabIndex = -1;
    const last = [...this.rows.querySelectorAll(".time")].pop();
    if (last) last.tabIndex = 0;
  }

  scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.rows;
    this.atBottom = scrollHeight - scrollTop - clientHeight < AT_BOTTOM_PX;
  }

  toBottom() {
    this.rows.scrollTop = this.rows.scrollHeight;
    this.atBottom = true;
  }

  // -- What people do -----------------------------------------------------------------------
  pause() {
    this.paused = !this.paused;
    if (!this.paused) this.latest();
    const button = document.querySelector('[data-action="pause"]');
    button.setAttribute("aria-pressed", String(this.paused));
    this.flush();
  }

  latest() {
    this.rested = 0;
    if (this.paused) return this.pause();
    for (const panel of this.rows.querySelectorAll(".around")) panel.remove();
    for (const link of this.rows.querySelectorAll(".row.open > .line .time")) link.click();
    getSelection().removeAllRanges();
    this.toBottom();
    this.flush();
  }

  empty() {
    this.rows.replaceChildren();
    this.pending = [];
    this.day = undefined;
    byId("waits").hidden = false;
    this.toBottom();
  }

  // -- What it says -------------------------------------------------------------------------
  count() {
    return this.pending.filter(({ entry }) => entry).length + this.missed;
  }

  countInTitle() {
    const count = this.count();
    const title = count ? `(${grouped(count)}) ${this.title}` : this.title;
    if (document.title !== title) document.title = title;
  }

  showLatest(frozen) {
    const button = byId("latest");
    const count = this.count();
    button.hidden = !frozen;
    const words = count ? text("liveNew", { n: grouped(count) }) : text("liveLatest");
    if (button.textContent !== words) button.textContent = words;
  }

  showState() {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    if (this.kafkaAway) return this.say("away", text("liveKafka"));
    if (this.paused) return this.say("frozen", text("livePaused"));
    if (this.frozen()) return this.say("frozen", text("liveFrozen"));
    if (this.behind > MAX_PENDING) return this.say("catching", `${text("liveCatching")} · ${text("liveBehind", { n: grouped(this.behind) })}`);
    return this.say("following", text("liveFollowing"));
  }

  // A reload goes on where the list ends, and so does who gets the address.
  note() {
    if (this.stopped || !this.shown || Date.now() < this.noted + NOTE_MS) return;
    const address = new URL(location.href);
    if (address.searchParams.get("cursor") === this.shown || !address.searchParams.has("live")) return;
    this.noted = Date.now();
    address.searchParams.set("cursor", this.shown);
    history.replaceState(history.state, "", address);
  }

  say(state, words) {
    const place = byId("live-state");
    this.place.dataset.state = state;
    if (place.textContent !== words) place.textContent = words;
  }
}

// Two stretches that were not shown whole, as one.
function joined(earlier, later) {
  if (!earlier) return later;
  const [oldest, newest] = [
    earlier.oldest < later.oldest ? earlier.oldest : later.oldest,
    earlier.newest > later.newest ? earlier.newest : later.newest,
  ];
  const [count, shown] = [earlier.count + later.count, earlier.shown + later.shown];
  return { ...later, from: earlier.from, oldest, newest, count, shown };
}
