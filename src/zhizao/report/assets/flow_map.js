// @ts-check
/**
 * A graph of places and steps: boxes and curves, wider and darker where more lots go.
 *
 * A slider leaves out rare places and steps, a list chooses what is written at the curves and whose data is shown;
 * a place that is chosen shows its own steps alone. The layout is dagre's (layered, Sugiyama).
 */
import { number } from "./charts/numbers.js";
import { word } from "./charts/words.js";
import { Graph, layout } from "./vendor/dagre.esm.js";

const SVG = "http://www.w3.org/2000/svg";
const CHAR_PX = 7.4;
const ROW_PX = 18;
const WIDEST_PX = 9;
const AT_FIRST = 30; // steps
const SMALLEST = 0.55; // of the size of texts, as far as a wide map is made to fit
const APART = 0.02; // per lot; less is no difference between log and twin (assumed)

/**
 * @typedef {{name: string, per_lot: Record<string, number>, work_h: Record<string, number | null>}} Place
 * @typedef {{source: string, target: string, per_lot: Record<string, number>, wait_h: Record<string, number>}} Step
 * @typedef {{title: string, sources: string[], places: Place[], steps: Step[]}} FlowMap
 * @typedef {{shown: string, written: string, share: number, chosen: string | null, scale: number | null, fitted?: number}} Look `scale` null: as wide as there is room
 */

/** @param {HTMLElement} host @param {FlowMap} data */
export function draw(host, data) {
  /** @type {Look} */
  const look = { shown: data.sources.length > 1 ? "both" : data.sources[0], written: "wait", share: 1, chosen: null, scale: null };
  look.share = firstShare(data, look);
  const picture = element("div", { class: "flow", tabindex: "0", role: "group", "aria-label": data.title });
  const again = () => redraw(picture, data, look, (name) => {
    look.chosen = look.chosen === name ? null : name;
    again();
  });
  host.append(controls(data, look, again), picture);
  again();
}

/** The largest share of places and steps that a reader can take in at first. @param {FlowMap} data @param {Look} look */
function firstShare(data, look) {
  const shares = [1, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1];
  return shares.find((share) => stepsShown(data, { ...look, share }).length <= AT_FIRST) ?? 0.05;
}

// ---------------------------------------------------------------- controls
/** @param {FlowMap} data @param {Look} look @param {() => void} again */
function controls(data, look, again) {
  const box = element("div", { class: "flow-tools" });
  if (data.sources.length > 1) {
    const choices = [...data.sources, "both"].map((name) => [name, name === "both" ? data.sources.join(word("and")) + word("differences") : name]);
    box.append(choice(word("show"), choices, look.shown, (value) => {
      look.shown = value;
      again();
    }));
  }
  box.append(choice(word("at_steps"), [["wait", word("median_wait")], ["lots", word("per_lot")]], look.written, (value) => {
    look.written = value;
    again();
  }));
  const slider = /** @type {HTMLInputElement} */ (element("input", { type: "range", min: "5", max: "100", step: "1" }));
  slider.value = String(Math.round(100 * look.share));
  const said = element("output", {});
  const say = () => (said.textContent = `${slider.value} %`);
  slider.addEventListener("input", () => {
    look.share = Number(slider.value) / 100;
    say();
    again();
  });
  say();
  box.append(labelled(word("most_frequent"), slider, said));
  for (const [sign, name, factor] of [["\u2212", word("smaller"), 1 / 1.25], ["+", word("larger"), 1.25]]) {
    const button = element("button", { type: "button", "aria-label": String(name) });
    button.textContent = String(sign);
    button.addEventListener("click", () => {
      look.scale = (look.scale ?? look.fitted ?? 1) * Number(factor);
      again();
    });
    box.append(button);
  }
  return box;
}

/** @param {string} name @param {string[][]} options @param {string} value @param {(value: string) => void} change */
function choice(name, options, value, change) {
  const select = /** @type {HTMLSelectElement} */ (element("select", {}));
  for (const [key, text] of options) {
    const one = /** @type {HTMLOptionElement} */ (element("option", { value: key }));
    one.textContent = text;
    select.append(one);
  }
  select.value = value;
  select.addEventListener("change", () => change(select.value));
  return labelled(name, select);
}

/** @param {string} name @param {...HTMLElement} parts */
function labelled(name, ...parts) {
  const label = element("label", {});
  label.append(`${name} `, ...parts);
  return label;
}

// ---------------------------------------------------------------- what is shown
/** The most frequent steps that together are `share` of all, and those that keep every place connected. */
export function kept(/** @type {Step[]} */ steps, /** @type {(step: Step) => number} */ weight, /** @type {number} */ share) {
  const sorted = [...steps].filter((step) => weight(step) > 0).sort((a, b) => weight(b) - weight(a));
  const all = sorted.reduce((sum, step) => sum + weight(step), 0);
  /** @type {Set<Step>} */
  const found = new Set();
  /** @type {Set<string>} */
  const reached = new Set();
  /** @type {Set<string>} */
  const left = new Set();
  let sum = 0;
  for (const step of sorted) {
    const needed = !reached.has(step.target) || !left.has(step.source); // its most frequent way in or out
    if (sum < share * all - 1e-12 || needed) found.add(step);
    sum += weight(step);
    reached.add(step.target);
    left.add(step.source);
  }
  return found;
}

/** Steps between the most frequent places; of a place that is chosen, all its steps. @param {FlowMap} data @param {Look} look */
function stepsShown(data, look) {
  const weight = weightOf(data, look);
  if (look.chosen !== null) {
    return data.steps.filter((step) => weight(step) > 0 && (step.source === look.chosen || step.target === look.chosen));
  }
  const visits = (/** @type {Place} */ place) => Math.max(...Object.values(place.per_lot));
  const sorted = [...data.places].sort((a, b) => visits(b) - visits(a));
  const all = sorted.reduce((sum, place) => sum + visits(place), 0);
  let sum = 0;
  const rare = new Set(sorted.filter((place) => (sum += visits(place)) - visits(place) >= look.share * all - 1e-12).map((place) => place.name));
  return [...kept(data.steps.filter((step) => !rare.has(step.source) && !rare.has(step.target)), weight, look.share)];
}

/** @param {FlowMap} data @param {Look} look */
function weightOf(data, look) {
  if (look.shown !== "both") return (/** @type {Step} */ step) => step.per_lot[look.shown] ?? 0;
  return (/** @type {Step} */ step) => Math.max(...data.sources.map((name) => step.per_lot[name] ?? 0));
}

// ---------------------------------------------------------------- drawing
/** @param {HTMLElement} picture @param {FlowMap} data @param {Look} look @param {(name: string) => void} choose */
function redraw(picture, data, look, choose) {
  const weight = weightOf(data, look);
  const steps = stepsShown(data, look);
  const places = new Map(data.places.map((place) => [place.name, place]));
  const graph = arranged(steps, places, data, look);
  const { width, height } = graph.graph();
  look.fitted = Math.min(1, Math.max(SMALLEST, (picture.clientWidth - 20) / (width + 16)));
  const scale = look.scale ?? look.fitted;
  const svg = shape("svg", { viewBox: `-8 -8 ${width + 16} ${height + 16}`, width: scale * (width + 16), height: scale * (height + 16) });
  svg.append(arrowHead());
  const most = Math.max(...steps.map(weight), 1e-9);
  for (const step of steps) svg.append(...curve(step, graph, data, look, weight(step) / most));
  for (const name of graph.nodes()) svg.append(box(name, graph.node(name), places.get(name), data, look, choose));
  picture.replaceChildren(svg);
}

/** @param {Step[]} steps @param {Map<string, Place>} places @param {FlowMap} data @param {Look} look */
function arranged(steps, places, data, look) {
  const graph = new Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 36, edgesep: 18, ranksep: 46 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const name of new Set(steps.flatMap((step) => [step.source, step.target]))) {
    const lines = linesOf(name, places.get(name), data, look);
    graph.setNode(name, { width: 22 + Math.max(...lines.map(widthOf)), height: 12 + ROW_PX * lines.length });
  }
  for (const step of steps) {
    const label = written(step, data, look);
    graph.setEdge(step.source, step.target, { width: widthOf(label), height: ROW_PX, labelpos: "r", labeloffset: 6, weight: 1 + Math.round(10 * weightOf(data, look)(step)) });
  }
  layout(graph);
  return graph;
}

/** @param {string} name @param {Place | undefined} place @param {FlowMap} data @param {Look} look */
function linesOf(name, place, data, look) {
  if (!place) return [short(name)];
  const shown = look.shown === "both" ? data.sources : [look.shown];
  const facts = shown
    .filter((source) => place.per_lot[source] !== undefined)
    .map((source) => `${shown.length > 1 ? `${source}: ` : ""}${number(place.per_lot[source])} × ${number(place.work_h[source])} h`);
  return [short(name), ...facts];
}

/** A Chinese sign is as wide as two letters. @param {string} text */
const widthOf = (text) => CHAR_PX * [...text].reduce((sum, sign) => sum + (sign < "\u2e80" ? 1 : 2), 0);

/** @param {string} name */
const short = (name) => (name.length <= 32 ? name : `${name.slice(0, 31)}…`);

/** What stands at a step. @param {Step} step @param {FlowMap} data @param {Look} look */
function written(step, data, look) {
  const values = look.written === "wait" ? step.wait_h : step.per_lot;
  if (look.shown !== "both") return values[look.shown] === undefined ? "" : number(values[look.shown]);
  const found = data.sources.map((source) => (values[source] === undefined ? "–" : number(values[source])));
  return found.every((text) => text === "–") ? "" : found.join(" | ");
}

/** @param {string} name @param {any} node @param {Place | undefined} place @param {FlowMap} data @param {Look} look @param {(name: string) => void} choose */
function box(name, node, place, data, look, choose) {
  const group = shape("g", { class: place ? "place" : "end", tabindex: place ? 0 : -1, role: "button", "aria-pressed": String(look.chosen === name) });
  const [left, top] = [node.x - node.width / 2, node.y - node.height / 2];
  group.append(shape("rect", { x: left, y: top, width: node.width, height: node.height, rx: place ? 5 : node.height / 2 }));
  linesOf(name, place, data, look).forEach((line, row) => group.append(text(node.x, top + 20 + ROW_PX * row, line, row === 0 ? "name" : "fact")));
  group.append(title(name));
  if (!place) return group;
  group.addEventListener("click", () => choose(name));
  group.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    choose(name);
  });
  return group;
}

/**
 * @param {Step} step @param {any} graph its places and edges as they were laid out
 * @param {FlowMap} data @param {Look} look @param {number} share of the most frequent step
 */
function curve(step, graph, data, look, share) {
  const edge = graph.edge(step.source, step.target);
  const node = step.source === step.target ? graph.node(step.source) : null;
  const path = shape("path", { d: node ? loop(node) : smooth(edge.points), class: `step ${kindOf(step, data, look)}`, "marker-end": "url(#flow-arrow)" });
  path.style.strokeWidth = `${1 + (WIDEST_PX - 1) * share}px`;
  const facts = data.sources.map((source) => {
    const often = step.per_lot[source];
    if (often === undefined) return `${source}: ${word("never")}`;
    const wait = step.wait_h[source];
    return `${source}: ${number(often)} ${word("per_lot")}${wait === undefined ? "" : `, ${word("wait")} ${number(wait)} h`}`;
  });
  path.append(title([`${step.source} → ${step.target}`, ...facts].join("\n")));
  const label = written(step, data, look);
  if (!label) return [path];
  return [path, node ? text(node.x + node.width / 2 + 30 + widthOf(label) / 2, node.y + 4, label, "at") : text(edge.x, edge.y + 4, label, "at")];
}

/** Whether a step is more frequent in the one or the other. @param {Step} step @param {FlowMap} data @param {Look} look */
function kindOf(step, data, look) {
  if (look.shown !== "both") return "";
  const [first, second] = data.sources.map((source) => step.per_lot[source] ?? 0);
  if (Math.abs(first - second) < APART) return "";
  return first > second ? "first" : "second";
}

/** A curve from a place to itself, at its right. @param {{x: number, y: number, width: number}} node */
function loop({ x, y, width }) {
  const right = x + width / 2;
  return `M${right} ${y - 9}C${right + 34} ${y - 16} ${right + 34} ${y + 16} ${right} ${y + 9}`;
}

/** A curve through the points of an edge. @param {{x: number, y: number}[]} points */
function smooth(points) {
  const [first, ...rest] = points;
  let path = `M${first.x} ${first.y}`;
  rest.forEach((point, place) => {
    if (place === rest.length - 1) path += `L${point.x} ${point.y}`;
    else {
      const after = rest[place + 1];
      path += `Q${point.x} ${point.y} ${(point.x + after.x) / 2} ${(point.y + after.y) / 2}`;
    }
  });
  return path;
}

function arrowHead() {
  const defs = shape("defs", {});
  const marker = shape("marker", { id: "flow-arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto" });
  marker.append(shape("path", { d: "M0 0L8 4L0 8z" }));
  defs.append(marker);
  return defs;
}

/** @param {number} x @param {number} y @param {string} inside @param {string} kind */
function text(x, y, inside, kind) {
  const found = shape("text", { x, y, class: kind, "text-anchor": "middle" });
  found.textContent = inside;
  return found;
}

/** @param {string} inside */
function title(inside) {
  const found = shape("title", {});
  found.textContent = inside;
  return found;
}

/** @param {string} tag @param {Record<string, string | number>} attributes */
function shape(tag, attributes) {
  const found = /** @type {SVGElement} */ (document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, String(value));
  return found;
}

/** @param {string} tag @param {Record<string, string>} attributes */
function element(tag, attributes) {
  const found = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
  return found;
}
