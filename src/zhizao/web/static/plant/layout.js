// @ts-check
/** Where everything stands: places of the file, else a layout by layers (dagre), in pixels at zoom 1. */

export const CELL = 20; // a unit
export const DOT = 7; // a lot in the queue
const HEAD = 22;
const PAD = 8;
const NAME_PX = 7; // of a letter, on average
const WIDEST_NAME = 190;
const QUEUE_COLUMNS = 4;
const PIXELS_PER_M = 10; // of a layout that is computed
const APART = [70, 46]; // free space between boxes
const LONGEST = 8000; // pixels of the longer side, if places of the file lie very close together

/**
 * @typedef {{x: number, y: number, w: number, h: number, columns: number, rows: number}} Box middle and size
 */

export class Layout {
  /** @param {import("./trace.js").Trace} trace */
  constructor(trace) {
    this.trace = trace;
    /** @type {(Box | null)[]} none: it carries lots */
    this.boxes = trace.places.map((place, n) => (trace.carries[n] ? null : boxOf(place.units.length, place.id)));
    this.scale = PIXELS_PER_M;
    /** @type {Map<string, [number, number]>} */
    this.locations = new Map();
    /** Middle of each unit. */
    this.unitX = new Float32Array(trace.units.length);
    this.unitY = new Float32Array(trace.units.length);
  }

  /** Give every box its place. */
  async arrange() {
    const standing = this.boxes.flatMap((box, n) => (box ? [n] : []));
    const given = standing.filter((n) => this.trace.places[n].at);
    const others = standing.filter((n) => !this.trace.places[n].at);
    if (given.length) this.scale = this.scaleOf(given);
    for (const n of given) {
      const at = /** @type {[number, number]} */ (this.trace.places[n].at);
      this.move(n, at[0] * this.scale, at[1] * this.scale);
    }
    if (others.length) {
      await this.byLayers(others);
      if (given.length) this.below(given, others);
    }
    for (const [name, at] of Object.entries(this.trace.header.locations)) {
      this.locations.set(name, [at[0] * this.scale, at[1] * this.scale]);
    }
  }

  /** @param {number} n @param {number} x @param {number} y */
  move(n, x, y) {
    const box = /** @type {Box} */ (this.boxes[n]);
    Object.assign(box, { x, y });
    const first = this.trace.placeFirst[n];
    for (let unit = first; unit < this.trace.placeFirst[n + 1]; unit++) {
      const column = (unit - first) % box.columns;
      const row = Math.floor((unit - first) / box.columns);
      this.unitX[unit] = x - box.w / 2 + PAD + (column + 0.5) * CELL;
      this.unitY[unit] = y - box.h / 2 + HEAD + (row + 0.5) * CELL;
    }
  }

  /** Place in m, as a plant file has it. @param {number} n @returns {[number, number]} */
  metres(n) {
    const box = /** @type {Box} */ (this.boxes[n]);
    return [Math.round((box.x / this.scale) * 10) / 10, Math.round((box.y / this.scale) * 10) / 10];
  }

  /**
   * Places for a plant file, by name; `shift`: none is below 0, and all stand to one another as they did.
   *
   * @param {[string, number][]} chosen @param {boolean} shift @returns {Record<string, [number, number]>}
   */
  places(chosen, shift) {
    /** @type {[string, [number, number]][]} */
    const found = chosen.map(([name, n]) => [name, this.metres(n)]);
    if (!shift) return Object.fromEntries(found);
    for (const [name, [x, y]] of this.locations) found.push([name, [x / this.scale, y / this.scale]]);
    const least = [0, 1].map((k) => Math.min(0, ...found.map(([, at]) => at[k])));
    return Object.fromEntries(found.map(([name, [x, y]]) => [name, [x - least[0], y - least[1]]]));
  }

  /** Pixels for a metre, such that no two boxes overlap. @param {number[]} given */
  scaleOf(given) {
    const at = given.map((n) => /** @type {[number, number]} */ (this.trace.places[n].at));
    let scale = 0;
    for (let i = 0; i < given.length; i++) {
      for (let j = 0; j < i; j++) {
        const [a, b] = [/** @type {Box} */ (this.boxes[given[i]]), /** @type {Box} */ (this.boxes[given[j]])];
        const across = ((a.w + b.w) / 2 + APART[0]) / Math.abs(at[i][0] - at[j][0]);
        const along = ((a.h + b.h) / 2 + APART[1]) / Math.abs(at[i][1] - at[j][1]);
        const needed = Math.min(across, along);
        if (Number.isFinite(needed)) scale = Math.max(scale, needed);
      }
    }
    const span = Math.max(...[0, 1].map((k) => Math.max(...at.map((p) => p[k])) - Math.min(...at.map((p) => p[k]))));
    return span > 0 && scale > 0 ? Math.min(scale, Math.max(LONGEST / span, 1e-6)) : PIXELS_PER_M;
  }

  /** @param {number[]} numbers */
  async byLayers(numbers) {
    const dagre = await import(/** @type {any} */ ("/assets/vendor/dagre.esm.js"));
    const linked = new Set(this.trace.header.edges.flatMap(([from, to]) => [from, to]));
    const alone = numbers.filter((n) => !linked.has(n));
    if (alone.length) this.inRows(alone);
    numbers = numbers.filter((n) => linked.has(n));
    if (!numbers.length) return;
    const graph = new dagre.Graph();
    graph.setGraph({ rankdir: "LR", nodesep: APART[1], ranksep: APART[0] + 10 });
    graph.setDefaultEdgeLabel(() => ({}));
    for (const n of numbers) {
      const box = /** @type {Box} */ (this.boxes[n]);
      graph.setNode(String(n), { width: box.w, height: box.h });
    }
    let left = numbers.length * 4; // the busiest ways shape the layout; all of a large plant would take long
    for (const [from, to, count] of this.trace.header.edges) {
      if (left-- > 0 && graph.hasNode(String(from)) && graph.hasNode(String(to))) {
        graph.setEdge(String(from), String(to), { weight: 1 + Math.log2(count) });
      }
    }
    dagre.layout(graph);
    for (const n of numbers) {
      const node = graph.node(String(n));
      this.move(n, node.x, node.y);
    }
    if (alone.length) this.below(numbers, alone);
  }

  /** Boxes that no way leads to, side by side in rows. @param {number[]} numbers */
  inRows(numbers) {
    const size = (/** @type {"w" | "h"} */ side) => Math.max(...numbers.map((n) => /** @type {Box} */ (this.boxes[n])[side]));
    const across = size("w") + APART[0];
    const along = size("h") + APART[1];
    const columns = Math.ceil(Math.sqrt((numbers.length * 1.6 * along) / across));
    numbers.forEach((n, place) => this.move(n, (place % columns) * across, Math.floor(place / columns) * along));
  }

  /** Put boxes without a place of their own below the others. @param {number[]} given @param {number[]} others */
  below(given, others) {
    const box = (/** @type {number} */ n) => /** @type {Box} */ (this.boxes[n]);
    const left = Math.min(...given.map((n) => box(n).x - box(n).w / 2)) - Math.min(...others.map((n) => box(n).x - box(n).w / 2));
    const top = Math.max(...given.map((n) => box(n).y + box(n).h / 2)) - Math.min(...others.map((n) => box(n).y - box(n).h / 2));
    for (const n of others) this.move(n, box(n).x + left, box(n).y + top + APART[1]);
  }

  /** Left, top, right and bottom of all. @returns {[number, number, number, number]} */
  bounds() {
    const all = this.boxes.filter((box) => box !== null);
    const points = [...this.locations.values()];
    return [
      Math.min(...all.map((b) => b.x - b.w / 2 - QUEUE_COLUMNS * DOT - 14), ...points.map((p) => p[0] - 40)),
      Math.min(...all.map((b) => b.y - b.h / 2), ...points.map((p) => p[1] - 20)),
      Math.max(...all.map((b) => b.x + b.w / 2 + 24), ...points.map((p) => p[0] + 40)),
      Math.max(...all.map((b) => b.y + b.h / 2), ...points.map((p) => p[1] + 20)),
    ];
  }

  /** Box at a point, -1: none. @param {number} x @param {number} y */
  boxAt(x, y) {
    return this.boxes.findIndex((b) => b !== null && Math.abs(x - b.x) <= b.w / 2 && Math.abs(y - b.y) <= b.h / 2);
  }

  /** Unit of a box at a point, -1: none. @param {number} n @param {number} x @param {number} y */
  unitAt(n, x, y) {
    for (let unit = this.trace.placeFirst[n]; unit < this.trace.placeFirst[n + 1]; unit++) {
      if (Math.abs(x - this.unitX[unit]) <= CELL / 2 && Math.abs(y - this.unitY[unit]) <= CELL / 2) return unit;
    }
    return -1;
  }

  /** Where the n-th lot of a queue stands. @param {Box} box @param {number} place @param {Float32Array} out */
  queueSpot(box, place, out) {
    const rows = Math.max(Math.floor((box.h - 6) / DOT), 1);
    out[0] = box.x - box.w / 2 - 16 - Math.floor(place / rows) * DOT;
    out[1] = box.y + box.h / 2 - 6 - (place % rows) * DOT;
    return place < rows * QUEUE_COLUMNS;
  }
}

/** @param {number} units @param {string} name @returns {Box} */
function boxOf(units, name) {
  const written = Math.min(NAME_PX * name.length + 2 * PAD, WIDEST_NAME);
  const columns = Math.max(1, Math.ceil(Math.sqrt(units * 2)));
  const rows = Math.ceil(units / columns);
  return { x: 0, y: 0, w: Math.max(columns * CELL + 2 * PAD, written, 96), h: rows * CELL + HEAD + PAD, columns, rows };
}
