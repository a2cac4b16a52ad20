// @ts-check
/** Pointer, wheel and keys, as acts of a chart. */
import { AXIS } from "./scene.js";

const CLICK = 4; // px that a click may move
const STEP = 60; // px that an arrow pans
const SNAP_S = 60; // a dragged operation begins on a whole minute

/**
 * @typedef {import("./gantt.js").Gantt} Gantt
 * @typedef {{x: number, y: number}} Point
 */

/** @param {Gantt} chart @returns {() => void} ends it */
export function listen(chart) {
  const over = new AbortController();
  const { canvas, stage } = chart.panel;
  const on = (/** @type {EventTarget} */ target, /** @type {string} */ name, /** @type {(event: any) => void} */ act) =>
    target.addEventListener(name, act, { signal: over.signal, passive: false });
  const hand = new Hand(chart);
  on(canvas, "pointerdown", (event) => hand.down(event));
  on(canvas, "pointermove", (event) => hand.move(event));
  on(canvas, "pointerup", (event) => hand.up(event));
  on(canvas, "pointercancel", (event) => hand.cancel(event));
  on(canvas, "pointerleave", () => chart.hover(-1, 0, 0));
  on(canvas, "wheel", (event) => wheel(chart, event));
  on(canvas, "keydown", (event) => key(chart, event));
  const relook = () => chart.relook();
  on(matchMedia("(prefers-color-scheme: dark)"), "change", relook);
  on(matchMedia("print"), "change", relook);
  const size = new ResizeObserver(() => {
    if (stage.clientWidth && Math.abs(stage.clientWidth - chart.surface.width) >= 1) chart.resize();
  });
  size.observe(stage);
  const theme = new MutationObserver(relook);
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "class"] });
  return () => {
    over.abort();
    size.disconnect();
    theme.disconnect();
  };
}

/** The wheel zooms where the chart has the focus, or with Ctrl; else the page scrolls. @param {Gantt} chart @param {WheelEvent} event */
function wheel(chart, event) {
  const { canvas } = chart.panel;
  const focused = /** @type {Document | ShadowRoot} */ (canvas.getRootNode()).activeElement === canvas;
  if (!focused && !event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  const size = event.deltaMode === 1 ? 16 : 1; // lines
  if (event.shiftKey) chart.pan(0, size * (event.deltaY || event.deltaX));
  else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) chart.pan(size * event.deltaX, 0);
  else chart.zoom(1.0015 ** Math.max(-400, Math.min(400, size * event.deltaY)), event.offsetX);
}

/** @param {Gantt} chart @param {KeyboardEvent} event */
function key(chart, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const acts = {
    "+": () => chart.zoom(1 / 1.3), "=": () => chart.zoom(1 / 1.3), "-": () => chart.zoom(1.3), 0: () => chart.fit(),
    ArrowLeft: () => (event.shiftKey ? step(chart, -1) : chart.pan(-STEP, 0)),
    ArrowRight: () => (event.shiftKey ? step(chart, 1) : chart.pan(STEP, 0)),
    ArrowUp: () => (event.shiftKey ? climb(chart, -1) : chart.pan(0, -STEP)),
    ArrowDown: () => (event.shiftKey ? climb(chart, 1) : chart.pan(0, STEP)),
    Enter: () => chart.chosen >= 0 && chart.choose(chart.chosen),
    Escape: () => chart.choose(-1),
  };
  const act = acts[/** @type {keyof typeof acts} */ (event.key)];
  if (!act) return;
  event.preventDefault();
  act();
}

/** Lane and place of the chosen operation. @param {Gantt} chart */
function chosenPlace(chart) {
  const place = chart.lanes.op.indexOf(chart.chosen);
  let lane = 0;
  while (lane < chart.lanes.first.length - 2 && chart.lanes.first[lane + 1] <= place) lane++;
  return { place, lane };
}

/** The operation before or after the chosen one. @param {Gantt} chart @param {number} by */
function step(chart, by) {
  const { place, lane } = chosenPlace(chart);
  const next = place < 0 ? 0 : Math.max(chart.lanes.first[lane], Math.min(chart.lanes.first[lane + 1] - 1, place + by));
  show(chart, next);
}

/** The operation of the lane above or below that begins nearest. @param {Gantt} chart @param {number} by */
function climb(chart, by) {
  const { place, lane } = chosenPlace(chart);
  const { first, start } = chart.lanes;
  const other = Math.max(0, Math.min(first.length - 2, lane + (place < 0 ? 0 : by)));
  const from = place < 0 ? chart.view.from_s : start[place];
  let best = first[other];
  for (let one = best; one < first[other + 1]; one++) {
    if (Math.abs(start[one] - from) < Math.abs(start[best] - from)) best = one;
  }
  show(chart, best);
}

/** Choose an operation, and bring it into sight. @param {Gantt} chart @param {number} place */
function show(chart, place) {
  const { lanes, layout, view, surface } = chart;
  if (place >= lanes.op.length) return;
  chart.choose(lanes.op[place]);
  const width = (surface.width - surface.gutter) * view.per_px;
  const inside = lanes.start[place] >= view.from_s && lanes.start[place] <= view.from_s + 0.9 * width;
  const { lane } = chosenPlace(chart);
  const row = lanes.rows.findIndex((one) => lane >= one.lane && lane < one.lane + one.lanes);
  const y = layout.top[row] + (lane - lanes.rows[row].lane) * layout.pitch;
  const tall = surface.height - AXIS;
  const top = y < view.top ? y : y + layout.pitch > view.top + tall ? y + 2 * layout.pitch - tall : view.top;
  chart.lookAt(inside ? view.from_s : lanes.start[place] - 0.1 * width, view.per_px, top);
  chart.ask();
}

/** One or two fingers, or a mouse. */
class Hand {
  /** @param {Gantt} chart */
  constructor(chart) {
    this.chart = chart;
    this.points = /** @type {Map<number, Point>} */ (new Map());
    this.began = /** @type {Point | null} */ (null);
    this.moved = false;
    this.held = -1; // operation that is dragged
  }

  /** @param {PointerEvent} event */
  down(event) {
    const { chart } = this;
    if (event.button > 0) return;
    chart.panel.canvas.setPointerCapture(event.pointerId);
    this.points.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    this.began = { x: event.offsetX, y: event.offsetY };
    this.moved = this.points.size > 1;
    const op = chart.onMove && chart.by.rows === "unit" ? chart.at(event.offsetX, event.offsetY) : -1;
    this.held = op >= 0 && chart.data.names.kind[chart.data.kind[op]] === "process" ? op : -1;
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { chart, points } = this;
    const now = { x: event.offsetX, y: event.offsetY };
    const before = points.get(event.pointerId);
    if (!before) {
      chart.hover(chart.at(now.x, now.y), now.x, now.y);
      return;
    }
    if (this.began && Math.hypot(now.x - this.began.x, now.y - this.began.y) > CLICK) this.moved = true;
    if (points.size === 2) this.pinch(event.pointerId, before, now);
    else if (this.moved && this.held >= 0) this.drag(now);
    else if (this.moved) chart.pan(before.x - now.x, before.y - now.y);
    if (this.moved) {
      points.set(event.pointerId, now);
      chart.hover(-1, 0, 0);
    }
  }

  /** @param {number} pointer @param {Point} before @param {Point} now */
  pinch(pointer, before, now) {
    const other = [...this.points].find(([id]) => id !== pointer)?.[1];
    if (!other) return;
    const [was, is] = [Math.abs(before.x - other.x), Math.abs(now.x - other.x)];
    if (was > 8 && is > 8) this.chart.zoom(was / is, (now.x + other.x) / 2);
  }

  /** Where the dragged operation would go. @param {Point} now @returns {import("./gantt.js").Move | null} */
  target(now) {
    const { chart, held, began } = this;
    const { row } = chart.laneAt(now.y);
    if (row < 0 || !began) return null;
    const { data } = chart;
    const shift = (now.x - began.x) * chart.view.per_px;
    const start_s = Math.round((data.start[held] + shift) / SNAP_S) * SNAP_S;
    return {
      op: held, lot: nameOf(data, "lot", held), operation: nameOf(data, "operation", held),
      unit: chart.names[row], start_s: Math.abs(shift) < 2 * chart.view.per_px ? data.start[held] : start_s };
  }

  /** @param {Point} now */
  drag(now) {
    const { chart } = this;
    const target = this.target(now);
    const { ghost } = chart.panel;
    ghost.style.display = target ? "block" : "none";
    if (!target) return;
    const row = chart.names.indexOf(target.unit);
    const length = chart.data.end[target.op] - chart.data.start[target.op];
    Object.assign(ghost.style, {
      left: `${chart.xOf(target.start_s)}px`, width: `${Math.max(4, length / chart.view.per_px)}px`,
      top: `${AXIS + chart.layout.top[row] - chart.view.top}px`,
      height: `${chart.layout.top[row + 1] - chart.layout.top[row]}px` });
  }

  /** @param {PointerEvent} event */
  up(event) {
    const { chart } = this;
    const now = { x: event.offsetX, y: event.offsetY };
    const held = this.held;
    if (!this.points.has(event.pointerId)) return;
    const target = this.moved && held >= 0 && this.points.size === 1 ? this.target(now) : null;
    this.cancel(event);
    if (target) chart.onMove?.(target);
    else if (!this.moved && now.y < AXIS && now.x >= chart.surface.gutter) chart.chooseTime(now.x);
    else if (!this.moved) chart.choose(chart.at(now.x, now.y));
  }

  /** @param {PointerEvent} event */
  cancel(event) {
    this.points.delete(event.pointerId);
    this.chart.panel.ghost.style.display = "none";
    this.held = -1;
  }
}

/** @param {import("./gantt.js").Chart} data @param {string} field @param {number} op */
const nameOf = (data, field, op) => (data[field] && data[field][op] >= 0 ? data.names[field][data[field][op]] : "");
