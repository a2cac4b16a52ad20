// @ts-check
/**
 * Colours: those of the page by their CSS custom properties, as words of four bytes for the painter.
 *
 * @typedef {{paper: number, rule: number, grid: number, off: number, edge: number, ink: string, soft: string,
 *   mark: string, named: Record<string, number>, series: number[]}} Look
 * @typedef {{name: string, colour: number}} Entry
 */

const SERIES = ["blue", "orange", "green", "pink", "sky", "brown", "yellow"]; // red is for what is late or down
const FALLBACK = {
  paper: "#fff", card: "#fff", ink: "#1a2028", soft: "#5b6673", rule: "#e3e7ec", grid: "#edf0f3", off: "#eef0f3",
  blue: "#0072b2", red: "#d55e00", green: "#009e73", sky: "#56b4e9", pink: "#cc79a7", orange: "#e69f00",
  yellow: "#f0e442", brown: "#8c6d31", idle: "#d5dae1",
};
/** Colours of kinds; a kind is never shown by its colour alone: the legend and the facts name it. */
const KINDS = { process: "blue", setup: "orange", transport: "brown", inspect: "green", failure: "red", maintenance: "pink" };

/** @param {number} r @param {number} g @param {number} b */
const packed = (r, g, b) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
/** @param {number} colour @returns {[number, number, number]} */
const parts = (colour) => [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];

/** @param {number} one @param {number} other @param {number} share of the other */
export function mixed(one, other, share) {
  const [a, b] = [parts(one), parts(other)];
  const [r, g, blue] = a.map((value, k) => Math.round(value + share * (b[k] - value)));
  return packed(r, g, blue);
}

/** @param {number} colour */
export const css = (colour) => `rgb(${parts(colour).join(" ")})`;

/** Black or white, whichever stands out from a colour (WCAG 2.2, relative luminance). @param {number} colour */
export function inkOn(colour) {
  const [r, g, b] = parts(colour).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#10151a" : "#fff";
}

/** @param {HTMLElement} host @returns {Look} */
export function readLook(host) {
  const probe = document.createElement("span");
  probe.hidden = true;
  host.append(probe);
  const read = (/** @type {string} */ name) => {
    probe.style.color = `var(--${name}, ${FALLBACK[/** @type {keyof typeof FALLBACK} */ (name)]})`;
    const [r, g, b] = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? ["0", "0", "0"]).map(Number);
    return packed(r, g, b);
  };
  const named = Object.fromEntries(Object.keys(FALLBACK).map((name) => [name, read(name)]));
  probe.remove();
  const soft = named.soft;
  return {
    paper: named.paper, rule: named.rule, grid: named.grid, off: mixed(named.off, soft, 0.12),
    edge: named.ink, ink: css(named.ink), soft: css(soft), mark: css(named.red), named,
    series: SERIES.map((name) => named[name]),
  };
}

/**
 * A colour for each operation: the entries of the legend, and which of them each operation has.
 *
 * @param {import("./gantt.js").Chart} data
 * @param {string} by `product`, `lateness` or `setup`
 * @param {Look} look
 * @returns {{entries: Entry[], of: Uint16Array}}
 */
export function coloured(data, by, look) {
  const kinds = data.names.kind;
  /** @type {Map<string, number>} */
  const place = new Map();
  const of = new Uint16Array(data.start.length);
  for (const name of by === "product" ? data.names.product : []) place.set(`p${name}`, place.size);
  for (let op = 0; op < of.length; op++) {
    const name = entryOf(data, op, by, kinds[data.kind[op]]);
    let found = place.get(name);
    if (found === undefined) place.set(name, (found = place.size));
    of[op] = found;
  }
  const entries = [...place.keys()].map((name, turn) => {
    const [what, rest] = [name.slice(0, 1), name.slice(1)];
    return { name: rest, colour: what === "p" ? seriesColour(look, turn) : fixedColour(look, rest, by) };
  });
  return { entries, of };
}

/** @param {import("./gantt.js").Chart} data @param {number} op @param {string} by @param {string} kind */
function entryOf(data, op, by, kind) {
  if (by === "setup" || kind !== "process") return `k${kind}`;
  if (by === "product") return data.product && data.product[op] >= 0 ? `p${data.names.product[data.product[op]]}` : "kno_product";
  const late = data.late?.[op];
  return late === null || late === undefined ? "kno_due" : late > 0 ? "klate" : "kin_time";
}

/** The series again and again, each time nearer to the paper. @param {Look} look @param {number} turn */
function seriesColour(look, turn) {
  const round = Math.floor(turn / look.series.length) % 3;
  return mixed(look.series[turn % look.series.length], look.paper, 0.3 * round);
}

/** @param {Look} look @param {string} name @param {string} by */
function fixedColour(look, name, by) {
  if (name === "setup" && by !== "setup") return mixed(look.named.soft, look.paper, 0.25); // the colours are of work
  if (name === "late") return look.named.red;
  if (name === "in_time") return look.named.blue;
  const known = KINDS[/** @type {keyof typeof KINDS} */ (name)];
  return known ? look.named[known] : look.named.idle;
}
