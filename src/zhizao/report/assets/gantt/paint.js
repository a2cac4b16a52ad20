// @ts-check
/**
 * The painter: one scan line per lane, copied over the height of its bars, so that time goes with the bars and
 * pixels that are seen, and a pixel that several bars share is written once.
 *
 * @typedef {import("./lanes.js").Lanes} Lanes
 * @typedef {{from_s: number, per_px: number}} Span `per_px` in s per pixel of the device
 * @typedef {{lane: number, lanes: number, y: number, height: number, pad: number, pitch: number,
 *   closed: Float64Array}} Strip a row in pixels of the device; `closed` are begins and ends
 * @typedef {{paper: number, rule: number, grid: number, off: number, colours: Uint32Array, of: Uint16Array,
 *   dimmed: Uint32Array, lit: Uint8Array | null}} Ink
 */
import { above, visible } from "./lanes.js";

/**
 * Paint rows into an image.
 *
 * @param {Uint32Array} words pixels, line by line
 * @param {number} width
 * @param {number} height
 * @param {Lanes} lanes
 * @param {Strip[]} strips
 * @param {Span} span
 * @param {Ink} ink
 * @param {number[]} grid times of vertical lines in s
 */
export function paint(words, width, height, lanes, strips, span, ink, grid) {
  const base = new Uint32Array(width);
  const line = new Uint32Array(width);
  const lines = grid.map((time) => Math.round((time - span.from_s) / span.per_px)).filter((x) => x >= 0 && x < width);
  let below = 0;
  for (const strip of strips) {
    base.fill(ink.paper);
    shade(base, strip.closed, span, ink.off);
    for (const x of lines) base[x] = ink.grid;
    copy(words, width, height, base, strip.y, strip.y + strip.height);
    fillLine(words, width, height, strip.y + strip.height - 1, ink.rule);
    for (let lane = 0; lane < strip.lanes; lane++) {
      const top = strip.y + strip.pad + lane * strip.pitch;
      if (top >= height || top + strip.pitch <= 0) continue;
      line.set(base);
      if (bars(line, lanes, strip.lane + lane, span, ink)) {
        copy(words, width, height, line, top, top + Math.max(1, strip.pitch - Math.min(2, strip.pitch >> 2)));
      }
    }
    below = Math.max(below, strip.y + strip.height);
  }
  if (below < height) words.fill(ink.paper, Math.max(0, below) * width);
}

/** @param {Uint32Array} line @param {Float64Array} closed @param {Span} span @param {number} colour */
function shade(line, closed, span, colour) {
  const to_s = span.from_s + line.length * span.per_px;
  for (let k = above(closed, span.from_s, 0, closed.length) & ~1; k < closed.length && closed[k] < to_s; k += 2) {
    const left = Math.max(0, Math.round((closed[k] - span.from_s) / span.per_px));
    line.fill(colour, left, Math.max(left, Math.round((closed[k + 1] - span.from_s) / span.per_px)));
  }
}

/**
 * Write the bars of a lane into its line. Bars within one pixel are one; what is lit comes last, over the others.
 *
 * @param {Uint32Array} line
 * @param {Lanes} lanes
 * @param {number} lane
 * @param {Span} span
 * @param {Ink} ink
 */
export function bars(line, lanes, lane, span, ink) {
  const { lit, of } = ink;
  const colours = lit ? ink.dimmed : ink.colours;
  const [begin, stop] = visible(lanes, lane, span.from_s, span.from_s + line.length * span.per_px);
  for (let place = begin; place < stop; place++) {
    const left = bar(line, lanes, place, span, colours[of[lanes.op[place]]]);
    if (left >= 0) place = above(lanes.end, span.from_s + (left + 1) * span.per_px, place + 1, stop) - 1;
  }
  if (!lit) return stop > begin;
  for (let place = begin; place < stop; place++) {
    const op = lanes.op[place];
    if (lit[op]) bar(line, lanes, place, span, ink.colours[of[op]]);
  }
  return stop > begin;
}

/**
 * @param {Uint32Array} line @param {Lanes} lanes @param {number} place @param {Span} span @param {number} colour
 * @returns {number} its pixel, if it has no more than one; else -1
 */
function bar(line, lanes, place, span, colour) {
  const left = Math.max(0, Math.floor((lanes.start[place] - span.from_s) / span.per_px));
  const right = Math.min(line.length, Math.floor((lanes.end[place] - span.from_s) / span.per_px));
  if (right > left + 2) line.fill(colour, left, right - 1); // a gap tells neighbours apart
  else line[left] = colour;
  return right <= left ? left : -1;
}

/** @param {Uint32Array} words @param {number} width @param {number} height @param {Uint32Array} line
 * @param {number} top @param {number} bottom */
function copy(words, width, height, line, top, bottom) {
  const first = Math.max(0, top);
  const last = Math.min(height, bottom);
  if (last <= first) return;
  words.set(line, first * width);
  for (let done = 1; done < last - first; done *= 2) {
    const more = Math.min(done, last - first - done);
    words.copyWithin((first + done) * width, first * width, (first + more) * width);
  }
}

/** @param {Uint32Array} words @param {number} width @param {number} height @param {number} y @param {number} colour */
function fillLine(words, width, height, y, colour) {
  if (y >= 0 && y < height) words.fill(colour, y * width, (y + 1) * width);
}
