// @ts-check
/** One frame: rows and bars by the painter, then the axis, names and labels over them. */
import { visible } from "./lanes.js";
import { css, inkOn, mixed } from "./look.js";
import { paint } from "./paint.js";
import { dayOf, hourOf, marks } from "./ticks.js";
import { language } from "../language.js";
import { word } from "./words.js";

export const AXIS = 38; // px: hours below days
const MARK_GAP = 74; // px between two marks of the axis
const LABEL_PITCH = 12; // px: lanes lower than that have no room for a label
const SMALL = '11px system-ui,-apple-system,"Segoe UI","Noto Sans","Noto Sans CJK SC",sans-serif';
const NAMES = SMALL.replace("11px", "12px");

/**
 * @typedef {import("./lanes.js").Lanes} Lanes
 * @typedef {{top: Float64Array, pitch: number, pad: number, total: number}} Layout px from the first row on
 * @typedef {{from_s: number, per_px: number, top: number}} View
 */

/** Heights of rows: the more lanes, the lower. @param {Lanes} lanes @returns {Layout} */
export function layoutOf(lanes) {
  const count = lanes.first.length - 1;
  const pitch = count <= 40 ? 22 : count <= 120 ? 17 : 13;
  const pad = pitch > 16 ? 3 : 1;
  const top = new Float64Array(lanes.rows.length + 1);
  lanes.rows.forEach((row, k) => (top[k + 1] = top[k] + row.lanes * pitch + 2 * pad));
  return { top, pitch, pad, total: top[lanes.rows.length] };
}

/** Row at a height; -1: below the last. @param {Layout} layout @param {number} y px from the first row on */
export function rowAt(layout, y) {
  let [low, high] = [0, layout.top.length - 1];
  if (y < 0 || y >= layout.total) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (layout.top[middle] <= y) low = middle;
    else high = middle;
  }
  return low;
}

/** @type {Map<string, number>} */
const widths = new Map();

/** @param {CanvasRenderingContext2D} pen @param {string} text */
function widthOf(pen, text) {
  const key = `${pen.font}${text}`;
  let found = widths.get(key);
  if (found === undefined) widths.set(key, (found = pen.measureText(text).width));
  return found;
}

/** @param {CanvasRenderingContext2D} pen @param {string} text @param {number} room */
function cut(pen, text, room) {
  if (widthOf(pen, text) <= room) return text;
  let length = text.length;
  while (length > 1 && widthOf(pen, `${text.slice(0, length)}…`) > room) length--;
  return `${text.slice(0, length)}…`;
}

/** Room for the names of rows. @param {CanvasRenderingContext2D} pen @param {string[]} names @param {number} width */
export function gutterOf(pen, names, width) {
  pen.font = NAMES;
  const longest = names.slice(0, 500).reduce((most, name) => Math.max(most, widthOf(pen, name)), 0);
  return Math.round(Math.min(longest + 18, 180, width * 0.3));
}

/**
 * @typedef {{pen: CanvasRenderingContext2D, image: ImageData, words: Uint32Array, width: number, height: number,
 *   ratio: number, gutter: number}} Surface sizes in px, but those of the image in pixels of the device
 * @typedef {{lanes: Lanes, layout: Layout, names: string[], closed: Float64Array[], look: import("./look.js").Look,
 *   colours: Uint32Array, dimmed: Uint32Array, of: Uint16Array, inks: string[], lit: Uint8Array | null,
 *   label: (op: number) => string, origin_s: number, frozen_s: number | null}} Scene
 *
 * @param {Surface} surface
 * @param {Scene} scene
 * @param {View} view
 */
export function draw(surface, scene, view) {
  const { pen, image, words, ratio, gutter, width, height } = surface;
  const { look, lanes, layout } = scene;
  const right_s = view.from_s + (width - gutter) * view.per_px;
  const ticks = marks(scene.origin_s + view.from_s, scene.origin_s + right_s, MARK_GAP * view.per_px);
  const grid = ticks.at.map((time) => time - scene.origin_s);
  const [first, last] = shownRows(layout, view.top, height - AXIS);
  const strips = [];
  for (let row = first; row < last; row++) strips.push(stripOf(scene, row, view.top, ratio));
  const span = { from_s: view.from_s, per_px: view.per_px / ratio };
  paint(words, image.width, image.height, lanes, strips, span, { ...look, ...scene }, grid);
  pen.putImageData(image, Math.round(gutter * ratio), Math.round(AXIS * ratio));
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  frozenZone(surface, scene, view);
  if (layout.pitch >= LABEL_PITCH) labels(surface, scene, view, first, last);
  rowNames(surface, scene, view, first, last);
  axis(surface, scene, view, ticks);
  thumb(surface, scene, view);
}

/** How far down the rows are scrolled. @param {Surface} surface @param {Scene} scene @param {View} view */
function thumb({ pen, width, height }, { layout, look }, view) {
  const tall = height - AXIS;
  if (layout.total <= tall) return;
  pen.fillStyle = look.soft;
  pen.globalAlpha = 0.5;
  pen.fillRect(width - 5, AXIS + (view.top / layout.total) * tall, 4, Math.max(16, (tall / layout.total) * tall));
  pen.globalAlpha = 1;
}

/** @param {Layout} layout @param {number} top @param {number} height @returns {[number, number]} */
function shownRows(layout, top, height) {
  const first = Math.max(0, rowAt(layout, Math.max(0, top)));
  const last = rowAt(layout, top + height - 1e-9);
  return [first, last < 0 ? layout.top.length - 1 : last + 1];
}

/** @param {Scene} scene @param {number} row @param {number} top @param {number} ratio @returns {import("./paint.js").Strip} */
function stripOf(scene, row, top, ratio) {
  const { layout, lanes } = scene;
  const y = Math.round((layout.top[row] - top) * ratio);
  return {
    lane: lanes.rows[row].lane, lanes: lanes.rows[row].lanes, y,
    height: Math.round((layout.top[row + 1] - top) * ratio) - y,
    pad: Math.round(layout.pad * ratio), pitch: Math.round(layout.pitch * ratio), closed: scene.closed[row],
  };
}

/** @param {Surface} surface @param {Scene} scene @param {View} view */
function frozenZone({ pen, gutter, width, height }, scene, view) {
  if (scene.frozen_s === null) return;
  const right = Math.min(width, gutter + (scene.frozen_s - view.from_s) / view.per_px);
  if (right <= gutter) return;
  pen.fillStyle = css(scene.look.named.sky);
  pen.globalAlpha = 0.12;
  pen.fillRect(gutter, AXIS, right - gutter, height - AXIS);
  pen.globalAlpha = 1;
  pen.fillRect(right - 1, AXIS, 1.5, height - AXIS);
}

/** @param {Surface} surface @param {Scene} scene @param {View} view @param {number} first @param {number} last */
function labels({ pen, gutter, width, height }, scene, view, first, last) {
  const { lanes, layout } = scene;
  pen.font = SMALL;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  const to_s = view.from_s + (width - gutter) * view.per_px;
  for (let row = first; row < last; row++) {
    for (let lane = 0; lane < lanes.rows[row].lanes; lane++) {
      const y = AXIS + layout.top[row] - view.top + layout.pad + (lane + 0.5) * layout.pitch - 0.5;
      if (y < AXIS + 4 || y > height) continue;
      const [begin, stop] = visible(lanes, lanes.rows[row].lane + lane, view.from_s, to_s);
      for (let place = begin; place < stop; place++) labelOf(pen, scene, view, place, gutter, width, y);
    }
  }
}

/** @param {CanvasRenderingContext2D} pen @param {Scene} scene @param {View} view @param {number} place
 * @param {number} gutter @param {number} width @param {number} y */
function labelOf(pen, scene, view, place, gutter, width, y) {
  const { start, end, op } = scene.lanes;
  if ((end[place] - start[place]) / view.per_px < 18) return;
  const left = Math.max(gutter, gutter + (start[place] - view.from_s) / view.per_px);
  const right = Math.min(width, gutter + (end[place] - view.from_s) / view.per_px);
  const text = scene.label(op[place]);
  if (!text || (scene.lit && !scene.lit[op[place]]) || widthOf(pen, text) > right - left - 8) return;
  const ink = scene.inks[scene.of[op[place]]];
  if (pen.fillStyle !== ink) pen.fillStyle = ink;
  pen.fillText(text, left + 4, y);
}

/** @param {Surface} surface @param {Scene} scene @param {View} view @param {number} first @param {number} last */
function rowNames({ pen, gutter, height }, scene, view, first, last) {
  const { layout, look } = scene;
  pen.fillStyle = css(look.paper);
  pen.fillRect(0, AXIS, gutter, height - AXIS);
  pen.font = layout.pitch > 14 ? NAMES : SMALL;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  pen.fillStyle = look.ink;
  for (let row = first; row < last; row++) {
    const [top, bottom] = [layout.top[row], layout.top[row + 1]].map((y) => y - view.top + AXIS);
    const y = Math.max(Math.min((top + bottom) / 2, bottom - 8), top + 7);
    pen.fillText(cut(pen, scene.names[row], gutter - 14), gutter - 8, y);
  }
}

/** @param {Surface} surface @param {Scene} scene @param {View} view @param {{step_s: number, at: number[]}} ticks */
function axis({ pen, gutter, width, height }, scene, view, ticks) {
  const { look, origin_s } = scene;
  pen.fillStyle = css(look.paper);
  pen.fillRect(0, 0, width, AXIS);
  pen.font = SMALL;
  pen.textBaseline = "alphabetic";
  const x = (/** @type {number} */ time) => gutter + (time - origin_s - view.from_s) / view.per_px;
  const days = ticks.step_s >= 86400;
  pen.textAlign = "center";
  pen.fillStyle = look.soft;
  for (const time of ticks.at) {
    if (x(time) < gutter - 1) continue;
    pen.fillRect(x(time) - 0.5, AXIS - 5, 1, 5);
    const text = days ? dayOf(time, language()) : hourOf(time, ticks.step_s < 60);
    if (x(time) + widthOf(pen, text) / 2 < width && x(time) - widthOf(pen, text) / 2 > 0) pen.fillText(text, x(time), AXIS - 9);
  }
  if (!days) dayNames(pen, scene, view, gutter, width, x);
  pen.fillStyle = look.soft;
  pen.fillRect(gutter, AXIS - 1, width - gutter, 1);
  pen.fillRect(gutter - 0.5, AXIS, 1, height - AXIS);
}

/** Days over hours; the first stands at the left edge. @param {CanvasRenderingContext2D} pen @param {Scene} scene
 * @param {View} view @param {number} gutter @param {number} width @param {(time: number) => number} x */
function dayNames(pen, scene, view, gutter, width, x) {
  pen.fillStyle = scene.look.ink;
  pen.textAlign = "left";
  const from = scene.origin_s + view.from_s;
  const to = from + (width - gutter) * view.per_px;
  let room = width;
  for (let day = Math.floor(to / 86400) * 86400; day > from - 86400; day -= 86400) {
    const left = Math.max(gutter, x(day));
    const text = dayOf(day, language());
    if (left + widthOf(pen, text) + 6 > room) continue;
    pen.fillText(text, left + 2, 13);
    room = left;
  }
}

/** What the painter needs of colours. @param {{paper: number}} look @param {import("./look.js").Entry[]} entries */
export function inksOf(look, entries) {
  return {
    colours: Uint32Array.from(entries, (entry) => entry.colour),
    dimmed: Uint32Array.from(entries, (entry) => mixed(entry.colour, look.paper, 0.78)),
    inks: entries.map((entry) => inkOn(entry.colour)),
  };
}

/** @param {import("./gantt.js").Chart} data @param {import("./look.js").Look} look */
export function zonesOf(data, look) {
  const zones = [];
  if (data.off?.length) zones.push({ name: "off", colour: look.off });
  if (data.frozen_until !== null && data.frozen_until !== undefined) {
    zones.push({ name: "frozen", colour: mixed(look.paper, look.named.sky, 0.3) });
  }
  return zones;
}

/** @param {string[]} names @param {number} leftOut @param {string} by */
export const noteOf = (names, leftOut, by) =>
  leftOut ? `${word("hint")} ${leftOut}: ${word(`by_${by}`)} ${word("left_out")}.` : word("hint");
