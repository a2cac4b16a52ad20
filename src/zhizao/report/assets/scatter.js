// @ts-check
/** Points to pick from, the front of the best, and what is known of the one that is picked. */
import { number } from "./charts/numbers.js";
import { axis, legend, lowerAxis, plot, tooltip, zoom } from "./charts/plot.js";
import { word } from "./charts/words.js";

const POINT_PX = 11;

/**
 * @typedef {object} Point
 * @property {string} name
 * @property {number} x
 * @property {{value: number, low: number | null, high: number | null}} y
 * @property {boolean} on_front
 * @property {{name: string, text: string}[]} facts
 * @property {{name: string, before: string, after: string, change: string, verdict: string}[]} rows
 */

/**
 * @typedef {object} Scatter
 * @property {string} title
 * @property {Point[]} points
 * @property {number} picked
 * @property {string} x_label
 * @property {string} y_label
 */

/** @param {HTMLElement} host @param {Scatter} data */
export function draw(host, data) {
  const place = element("div", "");
  const list = /** @type {HTMLSelectElement} */ (element("select", ""));
  const label = element("label", word("shown_below"));
  const shown = element("div", "");
  list.append(...data.points.map((one) => element("option", one.name)));
  label.append(list);
  label.className = "pick";
  shown.setAttribute("aria-live", "polite");
  host.append(place, label, shown);
  let picked = data.picked;
  const chart = plot(place, (palette) => option(data, picked, palette), { label: data.title, height: 360 });
  /** @param {number} row */
  const pick = (row) => {
    picked = row;
    list.selectedIndex = row;
    shown.replaceChildren(...about(data.points[row]));
    chart.setOption({ series: [{ id: "picked", data: [at(data.points[row])] }] });
  };
  list.addEventListener("change", () => pick(list.selectedIndex));
  chart.on("click", (/** @type {any} */ event) => {
    const row = event.data?.row;
    if (row !== undefined) pick(row);
  });
  pick(picked);
  return chart;
}

/** @param {Point} point */
const at = (point) => [point.x, point.y.value];

/** @param {Scatter} data @param {number} picked @param {import("./charts/plot.js").Palette} palette */
function option(data, picked, palette) {
  const rows = data.points.map((point, row) => ({ value: at(point), row, point }));
  const best = rows.filter(({ point }) => point.on_front).sort((a, b) => a.point.x - b.point.x);
  const others = rows.filter(({ point }) => !point.on_front);
  const [soft, strong, ring] = [palette.soft, palette.of("blue"), palette.of("orange")];
  return {
    legend: legend(palette, [word("front"), ...(others.length ? [word("others")] : [])]),
    grid: { left: 12, right: 28, top: 66, bottom: 30, containLabel: true },
    xAxis: lowerAxis(palette, data.x_label, { scale: true, boundaryGap: ["3%", "3%"] }),
    yAxis: axis(palette, data.y_label, { nameTextStyle: { color: soft, align: "left" }, scale: true }),
    dataZoom: zoom,
    tooltip: tooltip(palette, "item", (one) => hint(data, data.points[one.data.row])),
    series: [
      { ...curve(whiskers(others), soft), lineStyle: { color: soft, width: 1, opacity: 0.6 } },
      { ...curve(whiskers(best), strong), lineStyle: { color: strong, width: 1.4 } },
      { ...curve(best.map((one) => one.value), strong), step: "end", lineStyle: { color: strong, width: 1, type: "dashed" } },
      { id: "picked", type: "scatter", silent: true, symbolSize: 21, data: [at(data.points[picked])], itemStyle: { color: "transparent", borderColor: ring, borderWidth: 3 } },
      { ...dots(others, soft), name: word("others"), symbolSize: POINT_PX - 2, itemStyle: { color: palette.paper, borderColor: soft, borderWidth: 1.6, opacity: 1 } },
      { ...dots(best, strong), name: word("front") },
    ],
  };
}

/** @param {{value: number[], row: number}[]} data @param {string} colour */
const dots = (data, colour) => ({ type: "scatter", data, symbolSize: POINT_PX, itemStyle: { color: colour, opacity: 1 }, z: 4 });

/** @param {(number | null)[][]} data @param {string} colour */
const curve = (data, colour) => ({ type: "line", data, silent: true, symbol: "none", itemStyle: { color: colour } });

/** Upright lines over the intervals, with gaps between. @param {{point: Point}[]} rows */
const whiskers = (rows) =>
  rows.flatMap(({ point: { x, y } }) => (y.low === null || y.high === null ? [] : [[x, y.low], [x, y.high], [null, null]]));

/** @param {Scatter} data @param {Point} point */
function hint(data, { name, x, y, facts }) {
  const bounds = y.low === null ? "" : ` (${number(y.low)} ${word("to")} ${number(y.high)})`;
  return [
    name,
    `${data.y_label}: ${number(y.value)}${bounds}`,
    `${data.x_label}: ${number(x)}`,
    ...facts.slice(0, 2).map((one) => `${one.name}: ${one.text}`),
  ];
}

/** What is known of a point: its facts, and the headline before and after. @param {Point} point */
function about({ name, facts, rows }) {
  const first = facts.map((one) => row("td", [one.name, one.text]));
  const found = [element("h3", name), table(first)];
  if (rows.length) {
    const head = row("th", ["", word("before"), word("after"), word("change"), word("verdict")]);
    found.push(table([head, ...rows.map((one) => row("td", [one.name, one.before, one.after, one.change, one.verdict]))]));
  }
  return found;
}

/** @param {HTMLElement[]} rows */
function table(rows) {
  const found = element("table", "");
  found.append(...rows);
  const box = element("div", "");
  box.className = "scroll";
  box.append(found);
  return box;
}

/** @param {string} kind @param {string[]} texts */
function row(kind, texts) {
  const found = element("tr", "");
  found.append(...texts.map((text) => element(kind, text)));
  return found;
}

/** @param {string} kind @param {string} text */
function element(kind, text) {
  const found = document.createElement(kind);
  found.textContent = text;
  return found;
}
