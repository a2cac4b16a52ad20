// @ts-check
/** Horizontal bars that each begin where the one above ends, and their total with its interval. */
import { number } from "./charts/numbers.js";
import { axis, lowerAxis, plot, tooltip } from "./charts/plot.js";
import { word } from "./charts/words.js";

const ROW_PX = 34;
const BAR_PX = 18;

/**
 * @typedef {object} Waterfall
 * @property {string} title
 * @property {{name: string, start: number, end: number}[]} steps
 * @property {{name: string, value: number | null, low: number | null, high: number | null}} total
 * @property {string} label
 * @property {string} unit
 */

/** @param {HTMLElement} host @param {Waterfall} data */
export function draw(host, data) {
  const { steps, total, unit } = data;
  const ends = total.value === null ? [] : [{ name: total.name, start: 0, end: total.value }];
  const bars = [...steps, ...ends];
  const interval = total.value !== null && total.low !== null && total.high !== null ? [total.low, total.high] : [];
  return plot(
    host,
    (palette) => ({
      grid: { left: 12, right: 60, top: 8, bottom: 30, containLabel: true },
      xAxis: lowerAxis(palette, unit ? `${data.label} (${unit})` : data.label, { splitLine: { show: true, lineStyle: { color: palette.grid } } }),
      yAxis: axis(palette, "", {
        type: "category",
        data: bars.map((one) => one.name),
        inverse: true,
        axisLabel: { color: palette.ink, width: 280, overflow: "break", interval: 0 },
      }),
      tooltip: tooltip(palette, "item", (one) => said(data, one.dataIndex)),
      series: [
        joints(steps, palette.soft),
        ...pieces(bars).map(({ shown, values }) => ({
          type: "bar",
          stack: "all",
          data: values.map((value, row) => ({ value, itemStyle: { color: shown ? palette.of(colour(bars, row, steps.length)) : "transparent" } })),
          barWidth: BAR_PX,
          silent: !shown,
        })),
        amounts(bars, steps.length, palette.ink),
        { ...line(interval.map((x) => [x, steps.length]), palette.ink), symbol: "rect", symbolSize: [2, 12], z: 5 },
      ],
    }),
    { label: data.title, height: 70 + ROW_PX * bars.length },
  );
}

/** @param {{start: number, end: number}[]} bars @param {number} row @param {number} steps */
const colour = (bars, row, steps) => (row >= steps ? "blue" : bars[row].end >= bars[row].start ? "green" : "red");

/**
 * Bars from start to end as stacks on either side of 0: an unseen one up to where the bar begins, and the bar.
 *
 * @param {{start: number, end: number}[]} bars
 */
function pieces(bars) {
  const low = bars.map((one) => Math.min(one.start, one.end));
  const high = bars.map((one) => Math.max(one.start, one.end));
  return [
    { shown: false, values: low.map((x) => Math.max(x, 0)) },
    { shown: true, values: high.map((x, row) => Math.max(x, 0) - Math.max(low[row], 0)) },
    { shown: false, values: high.map((x) => Math.min(x, 0)) },
    { shown: true, values: low.map((x, row) => Math.min(x, 0) - Math.min(high[row], 0)) },
  ];
}

/** @param {(number | null)[][]} data @param {string} colour */
const line = (data, colour) => ({
  type: "line",
  data,
  silent: true,
  lineStyle: { color: colour, width: 1.6 },
  itemStyle: { color: colour },
});

/** Thin lines from the end of a bar to the one that begins there. @param {{end: number}[]} steps @param {string} colour */
function joints(steps, colour) {
  const data = steps.flatMap((one, row) => [[one.end, row], [one.end, row + 1], [null, null]]);
  return { ...line(data, colour), symbol: "none", lineStyle: { color: colour, width: 1, type: "dotted" }, z: 1 };
}

/** What each bar adds, written at its right end. @param {{start: number, end: number}[]} bars @param {number} steps @param {string} colour */
const amounts = (bars, steps, colour) => ({
  type: "scatter",
  silent: true,
  symbolSize: 0.01,
  data: bars.slice(0, steps).map((one, row) => [Math.max(one.start, one.end), row]),
  label: { show: true, position: "right", color: colour, fontSize: 12, formatter: (/** @type {any} */ one) => signed(bars[one.dataIndex].end - bars[one.dataIndex].start) },
});

/** @param {number} value */
const signed = (value) => (value > 0 ? `+${number(value)}` : number(value));

/** @param {Waterfall} data @param {number} row @returns {string[]} */
function said({ steps, total, unit }, row) {
  const step = steps[row];
  if (step) return [step.name, `${signed(step.end - step.start)} ${unit}`, `${word("so_far")} ${number(step.end)} ${unit}`];
  const bounds = total.low === null ? [] : [`${word("interval")}: ${number(total.low)} ${word("to")} ${number(total.high)}`];
  return [total.name, `${number(total.value)} ${unit}`, ...bounds];
}
