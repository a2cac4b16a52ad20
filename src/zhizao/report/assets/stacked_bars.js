// @ts-check
/** One horizontal bar per category, made of shares by state. */
import { number } from "./charts/numbers.js";
import { axis, legend, lowerAxis, plot, tooltip } from "./charts/plot.js";

const ROW_PX = 30;
const WRITTEN = 6; // per cent; a smaller share has no room for its number

/**
 * @typedef {object} StackedBars
 * @property {string} title
 * @property {string[]} categories
 * @property {string} x_label
 * @property {{name: string, colour: string, deep: boolean, grey: boolean, shares: number[]}[]} states shares in per cent
 */

/** @param {HTMLElement} host @param {StackedBars} data */
export function draw(host, data) {
  return plot(
    host,
    (palette) => ({
      legend: legend(palette, data.states.map((one) => one.name)),
      grid: { left: 12, right: 20, top: 34, bottom: 30, containLabel: true },
      xAxis: lowerAxis(palette, data.x_label, { max: 100 }),
      yAxis: axis(palette, "", {
        type: "category",
        data: data.categories,
        inverse: true,
        axisLabel: { color: palette.ink, width: 180, overflow: "truncate", interval: 0 },
      }),
      tooltip: tooltip(palette, "item", (one) => [one.name, `${one.seriesName}: ${number(one.value)} %`]),
      series: data.states.map((state) => ({
        type: "bar",
        stack: "all",
        name: state.name,
        data: state.shares,
        barWidth: 22,
        itemStyle: { color: palette.of(state.colour) },
        label: {
          show: true,
          color: state.deep ? palette.of("on-deep") : state.grey ? palette.ink : "#111",
          fontSize: 11,
          formatter: (/** @type {any} */ one) => (one.value >= WRITTEN ? one.value.toFixed(0) : ""),
        },
      })),
    }),
    { label: data.title, height: 90 + ROW_PX * data.categories.length },
  );
}
