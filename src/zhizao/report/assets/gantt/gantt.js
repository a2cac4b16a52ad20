// @ts-check
/**
 * A Gantt chart on a canvas: zoom, pan, rows by unit, order or worker, colours, facts, a time cursor.
 *
 * Columns of equal length hold the operations; where a column has names, it holds their places in `names`, and
 * -1 for none. Times are s after `origin` in the plant's own time. `off` has spans in which units are closed.
 *
 * @typedef {{origin: string, names: Record<string, string[]>, unit: number[], start: number[], end: number[],
 *   kind: number[], lot?: number[], order?: number[], product?: number[], operation?: number[], worker?: number[],
 *   label?: number[], batch?: number[], due?: (number | null)[], late?: (number | null)[], frozen?: number[],
 *   off?: {units: number[], spans: number[]}[], frozen_until?: number | null, [field: string]: any}} Chart
 * @typedef {{op: number, lot: string, operation: string, unit: string, start_s: number}} Move
 */
import { factsOf, titleOf } from "./facts.js";
import { listen } from "./input.js";
import { arrange, operationAt } from "./lanes.js";
import { coloured, readLook } from "./look.js";
import { element, makePanel, showFacts, showLegend } from "./panel.js";
import { AXIS, draw, gutterOf, inksOf, layoutOf, noteOf, rowAt, zonesOf } from "./scene.js";
import { clock } from "./ticks.js";

const LEAST_S = 20; // the closest zoom: so many seconds in the whole width
const TALLEST = 620; // px
const EMPTY = new Float64Array(0);
const MARGIN = 0.02; // of the whole time, beside the first and the last operation

/**
 * @param {HTMLElement} host an empty element
 * @param {Chart} data
 */
export function gantt(host, data) {
  const chart = new Gantt(host, data);
  return chart;
}

const NO_LANES = arrange({ start: [], end: [] }, []);
const NO_INKS = inksOf({ paper: 0 }, []);

export class Gantt {
  lanes = NO_LANES;
  layout = layoutOf(NO_LANES);
  inks = NO_INKS;
  /** @type {Uint16Array} entry of each operation in the legend */ of = new Uint16Array(0);
  /** @type {string[]} of the rows */ names = [];
  /** @type {Float64Array[]} begins and ends of closed spans by row */ closed = [];
  /** @type {number | undefined} a frame that was asked for */ asked = undefined;

  /** @param {HTMLElement} host @param {Chart} data */
  constructor(host, data) {
    this.data = data;
    this.origin_s = clock(data.origin);
    this.first_s = data.start.reduce((least, one) => Math.min(least, one), Infinity);
    this.last_s = data.end.reduce((most, one) => Math.max(most, one), -Infinity);
    if (!Number.isFinite(this.first_s)) [this.first_s, this.last_s] = [0, 3600];
    this.view = { from_s: this.first_s, per_px: 1, top: 0 };
    this.time_s = /** @type {number | null} */ (null);
    this.lit = /** @type {Uint8Array | null} */ (null);
    this.chosen = -1;
    this.moves = /** @type {{move: Move, broken: boolean}[]} */ ([]);
    this.onMove = /** @type {((move: Move) => void) | null} */ (null);
    const has = (/** @type {string} */ field) => data[field]?.some((/** @type {number | null} */ one) => one !== null && one >= 0);
    const rows = ["unit", "order", "worker"].filter((field) => field === "unit" || has(field));
    const colours = ["product", "lateness", "setup"].filter((by) =>
      by === "setup" || (by === "product" ? has("product") : data.due?.some((one) => one !== null)));
    this.panel = makePanel(host, { rows, colours }, {
      group: (by) => this.group(by), colour: (by) => this.colour(by), zoom: (by) => this.zoom(by), fit: () => this.fit() });
    this.by = { rows: "unit", colours: colours[0] };
    this.look = readLook(this.panel.box);
    this.surface = this.makeSurface();
    this.arrange();
    this.stopListening = listen(this);
    this.resize();
    this.fit();
  }

  // ---------------------------------------------------------------- what is shown
  /** Rows by `unit`, `order` or `worker`. @param {string} by */
  group(by) {
    this.by.rows = by;
    this.view.top = 0;
    this.arrange();
    this.resize();
  }

  /** Colours by `product`, `lateness` or `setup`. @param {string} by */
  colour(by) {
    this.by.colours = by;
    this.recolour();
    this.ask();
  }

  arrange() {
    const { data } = this;
    const by = this.by.rows;
    this.panel.rows.value = by;
    this.lanes = arrange(data, data[by], { batches: by === "unit", byStart: by === "order" });
    this.layout = layoutOf(this.lanes);
    this.names = this.lanes.rows.map((row) => data.names[by][row.group]);
    this.closed = this.lanes.rows.map(() => EMPTY);
    if (by === "unit") {
      const place = new Map(this.lanes.rows.map((row, k) => [row.group, k]));
      for (const { units, spans } of data.off ?? []) {
        const shared = Float64Array.from(spans);
        for (const unit of units) if (place.has(unit)) this.closed[place.get(unit) ?? 0] = shared;
      }
    }
    this.panel.note.textContent = noteOf(this.names, this.lanes.leftOut, by);
    this.recolour();
  }

  recolour() {
    const { entries, of } = coloured(this.data, this.by.colours, this.look);
    this.panel.colours.value = this.by.colours;
    this.of = of;
    this.inks = inksOf(this.look, entries);
    showLegend(this.panel.legend, entries, zonesOf(this.data, this.look));
  }

  /** Read the colours of the page again. */
  relook() {
    this.look = readLook(this.panel.box);
    this.recolour();
    this.draw();
  }

  // ---------------------------------------------------------------- the canvas
  /** @returns {import("./scene.js").Surface} */
  makeSurface() {
    const pen = this.panel.canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    const image = new ImageData(1, 1);
    return { pen, image, words: new Uint32Array(image.data.buffer), width: 0, height: 0, ratio: 1, gutter: 0 };
  }

  /** Fit the canvas to the place that it has. */
  resize() {
    const { surface, panel } = this;
    const ratio = window.devicePixelRatio || 1;
    const width = Math.max(240, panel.stage.clientWidth);
    const tallest = Math.max(320, Math.min(TALLEST, window.innerHeight * 0.72));
    const height = Math.round(Math.min(AXIS + this.layout.total + 2, tallest));
    const gutter = gutterOf(surface.pen, this.names, width);
    const kept = this.view.per_px * (surface.width - surface.gutter);
    panel.canvas.width = Math.round(width * ratio);
    panel.canvas.height = Math.round(height * ratio);
    panel.canvas.style.width = `${width}px`;
    panel.canvas.style.height = `${height}px`;
    const [columns, lines] = [Math.max(1, Math.round((width - gutter) * ratio)), Math.max(1, Math.round((height - AXIS) * ratio))];
    const image = new ImageData(columns, lines);
    Object.assign(surface, { image, words: new Uint32Array(image.data.buffer), width, height, ratio, gutter });
    if (kept > 0) this.view.per_px = kept / (width - gutter);
    this.lookAt(this.view.from_s, this.view.per_px, this.view.top);
    this.draw();
  }

  /** Draw at the next frame. */
  ask() {
    this.asked ??= requestAnimationFrame(() => this.draw());
  }

  /** Draw now. */
  draw() {
    if (this.asked !== undefined) cancelAnimationFrame(this.asked);
    this.asked = undefined;
    draw(this.surface, {
      lanes: this.lanes, layout: this.layout, names: this.names, closed: this.closed, look: this.look, of: this.of,
      ...this.inks, lit: this.lit, label: (op) => this.label(op), origin_s: this.origin_s,
      frozen_s: this.data.frozen_until ?? null,
    }, this.view);
    this.placeCursor();
    this.placeMoves();
  }

  /** @param {number} op */
  label(op) {
    const { label, names } = this.data;
    const text = label && label[op] >= 0 ? names.label[label[op]] : "";
    const others = this.lanes.others.get(op)?.length ?? 0;
    return others && text ? `${text} +${others}` : text;
  }

  // ---------------------------------------------------------------- the window of time
  /** Look at a window, as far as there is something to see. @param {number} from_s @param {number} per_px @param {number} top */
  lookAt(from_s, per_px, top) {
    const width = this.surface.width - this.surface.gutter;
    const room = Math.max(1, this.last_s - this.first_s) * MARGIN;
    const [least, most] = [this.first_s - room, this.last_s + room];
    this.view.per_px = Math.min(Math.max(per_px, LEAST_S / width), (most - least) / width);
    this.view.from_s = Math.min(Math.max(from_s, least), most - this.view.per_px * width);
    this.view.top = Math.max(0, Math.min(top, this.layout.total - (this.surface.height - AXIS)));
  }

  /** @param {number} by factor of the time shown @param {number} [x] px on the canvas that stays where it is */
  zoom(by, x = (this.surface.width + this.surface.gutter) / 2) {
    const under_s = this.timeAt(x);
    const per_px = this.view.per_px * by;
    this.lookAt(this.view.from_s, per_px, this.view.top);
    this.lookAt(under_s - (x - this.surface.gutter) * this.view.per_px, this.view.per_px, this.view.top);
    this.ask();
  }

  /** @param {number} dx px @param {number} dy px */
  pan(dx, dy) {
    this.lookAt(this.view.from_s + dx * this.view.per_px, this.view.per_px, this.view.top + dy);
    this.ask();
  }

  /** Show all of the time. */
  fit() {
    this.lookAt(-Infinity, Infinity, this.view.top);
    this.ask();
  }

  /** @param {number} x px on the canvas @returns {number} s */
  timeAt(x) {
    return this.view.from_s + (x - this.surface.gutter) * this.view.per_px;
  }

  /** @param {number} time_s @returns {number} px on the canvas */
  xOf(time_s) {
    return this.surface.gutter + (time_s - this.view.from_s) / this.view.per_px;
  }

  // ---------------------------------------------------------------- the time cursor
  /** Put the time cursor; null takes it away. @param {number | null} time_s */
  setTime(time_s) {
    this.time_s = time_s;
    this.placeCursor();
  }

  placeCursor() {
    const x = this.time_s === null ? -1 : this.xOf(this.time_s);
    const seen = x >= this.surface.gutter && x <= this.surface.width;
    this.panel.cursor.style.display = seen ? "block" : "none";
    this.panel.cursor.style.transform = `translateX(${x - 1}px)`;
  }

  /** A click in the axis: the event `time` has the time as `detail.time_s`. @param {number} x */
  chooseTime(x) {
    this.setTime(this.timeAt(x));
    this.panel.box.dispatchEvent(new CustomEvent("time", { bubbles: true, composed: true, detail: { time_s: this.time_s } }));
  }

  // ---------------------------------------------------------------- operations
  /** Row and lane at a point. @param {number} y @returns {{row: number, lane: number}} -1: none */
  laneAt(y) {
    const below = y - AXIS + this.view.top;
    const row = y < AXIS ? -1 : rowAt(this.layout, below);
    if (row < 0) return { row, lane: -1 };
    const lane = Math.floor((below - this.layout.top[row] - this.layout.pad) / this.layout.pitch);
    const own = this.lanes.rows[row];
    return { row, lane: own.lane + Math.max(0, Math.min(own.lanes - 1, lane)) };
  }

  /** The operation at a point; -1: none. @param {number} x px on the canvas @param {number} y */
  at(x, y) {
    const { lane } = this.laneAt(y);
    if (lane < 0 || x < this.surface.gutter) return -1;
    return operationAt(this.lanes, lane, this.timeAt(x), 2 * this.view.per_px);
  }

  /** Show the facts of an operation beside a point. @param {number} op @param {number} x @param {number} y */
  hover(op, x, y) {
    const { facts, stage } = this.panel;
    if (op < 0) {
      facts.style.display = "none";
      return;
    }
    showFacts(facts, titleOf(this.data, op), this.factsOf(op));
    const left = x + 14 + facts.offsetWidth > stage.clientWidth ? Math.max(0, x - 14 - facts.offsetWidth) : x + 14;
    facts.style.left = `${left}px`;
    facts.style.top = `${stage.offsetTop + y + 14}px`;
  }

  /** @param {number} op */
  factsOf(op) {
    return factsOf(this.data, op, this.lanes.others.get(op) ?? [], this.origin_s);
  }

  /** Choose an operation: it is read out, and its lot stands out; chosen again, its order. @param {number} op */
  choose(op) {
    const wide = op >= 0 && op === this.chosen;
    this.chosen = op;
    const by = wide || !this.data.lot || this.data.lot[op] < 0 ? this.data.order : this.data.lot;
    const own = by ? new Set([op, ...(this.lanes.others.get(op) ?? [])].map((one) => by[one])) : new Set();
    own.delete(-1);
    this.lit = op < 0 || !by || !own.size ? null : Uint8Array.from(by, (/** @type {number} */ one) => (own.has(one) ? 1 : 0));
    this.panel.said.textContent =
      op < 0 ? "" : [titleOf(this.data, op), ...this.factsOf(op).map(([name, value]) => `${name}: ${value}`)].join("; ");
    this.ask();
  }

  // ---------------------------------------------------------------- moves
  /** Let operations be dragged; each drop is handed over. @param {((move: Move) => void) | null} onMove */
  edit(onMove) {
    this.onMove = onMove;
  }

  /** Show moves at their new places. @param {{move: Move, broken: boolean}[]} moves */
  showMoves(moves) {
    this.moves = moves;
    this.placeMoves();
  }

  placeMoves() {
    const { moved } = this.panel;
    if (!this.moves.length && !moved.childElementCount) return;
    moved.replaceChildren(...(this.by.rows === "unit" ? this.moves : []).flatMap(({ move, broken }) => {
      const row = this.names.indexOf(move.unit);
      const left = this.xOf(move.start_s);
      const right = this.xOf(move.start_s + this.data.end[move.op] - this.data.start[move.op]);
      const top = row < 0 ? -1 : AXIS + this.layout.top[row] - this.view.top;
      if (top < AXIS - 1 || right < this.surface.gutter) return [];
      const mark = element("div", broken ? "gantt-moved broken" : "gantt-moved");
      const x = Math.max(left, this.surface.gutter);
      Object.assign(mark.style, {
        left: `${x}px`, width: `${Math.max(4, right - x)}px`, top: `${top}px`,
        height: `${this.layout.top[row + 1] - this.layout.top[row]}px` });
      return [mark];
    }));
  }

  /** Take the chart away. */
  close() {
    this.stopListening();
    this.panel.box.remove();
  }
}
