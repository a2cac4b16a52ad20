// @ts-check
/** Horizontal bars side by side, one for each source of data at each name, with intervals. */
import { number } from "./charts/numbers.js";
import { axis, legend, lowerAxis, plot, tooltip } from "./charts/plot.js";
import { word } from "./charts/words.js";

const BAR_PX = 12;
const ROW_PX = 20; // beside the bars themselves

/**
 * @typedef {object} Bars
 * @property {string} title
 * @property {string[]} names
 * @property {{name: string, colour: string, values: {value: number | null, low: number | null, high: number | null}[]}[]} sources
 * @property {string} label
 */

/** @param {HTMLElement} host @param {Bars} data */
export function draw(host, data) {
  const { names, sources } = data;
  const bounds = sources.flatMap((one) => one.values.map((value) => value.high ?? value.value ?? 0));
  return plot(
    host,
    (palette) => ({
      legend: legend(palette, sources.map((one) => one.name)),
      grid: { left: 12, right: 130, top: 34, bottom: 30, containLabel: true },
      xAxis: lowerAxis(palette, data.label, { max: Math.max(...bounds) > 0 ? undefined : 1, splitLine: { show: true, lineStyle: { color: palette.grid } } }),
      yAxis: axis(palette, "", {
        type: "category",
        data: names,
        inverse: true,
        axisLabel: { color: palette.ink, width: 220, overflow: "truncate", interval: 0 },
      }),
      tooltip: tooltip(palette, "item", (one) => [names[one.dataIndex], said(sources[one.seriesIndex], one.dataIndex)]),
      series: sources.map((source) => ({
        type: "bar",
        name: source.name,
        data: source.values.map((one) => one.value),
        barWidth: BAR_PX,
        barGap: "15%",
        itemStyle: { color: palette.of(source.colour) },
        label: { show: true, position: "right", color: palette.ink, fontSize: 11, formatter: (/** @type {any} */ one) => short(source, one.dataIndex) },
      })),
    }),
    { label: data.title, height: 80 + names.length * (ROW_PX + BAR_PX * sources.length) },
  );
}

/** @param {Bars["sources"][number]} source @param {number} row */
function short({ values }, row) {
  const { value, low, high } = values[row];
  return low === null || high === null ? number(value) : `${number(value)} (${number(low)} ${word("to")} ${number(high)})`;
}

/** @param {Bars["sources"][number]} source @param {number} row */
const said = (source, row) => `${source.name}: ${short(source, row)}`;
