// @ts-check
/** Distributions laid over one another: the share of each class, a dashed line at each median. */
import { number } from "./charts/numbers.js";
import { axis, legend, lowerAxis, plot, tooltip } from "./charts/plot.js";
import { word } from "./charts/words.js";

/**
 * @typedef {object} Histogram
 * @property {string} title
 * @property {number[]} edges
 * @property {{name: string, colour: string, shares: number[], median: number}[]} samples shares in per cent
 * @property {string} x_label
 * @property {string} y_label
 * @property {string} unit
 */

/** @param {HTMLElement} host @param {Histogram} data */
export function draw(host, data) {
  const { edges } = data;
  const last = edges.length - 1;
  return plot(
    host,
    (palette) => ({
      legend: legend(palette, data.samples.map((one) => one.name)),
      grid: { left: 12, right: 20, top: data.samples.length > 1 ? 66 : 34, bottom: 30, containLabel: true },
      xAxis: lowerAxis(palette, data.x_label, { min: edges[0], max: edges[last] }),
      yAxis: axis(palette, data.y_label, { nameTextStyle: { color: palette.soft, align: "left" }, min: 0 }),
      tooltip: tooltip(palette, "axis", (found) => {
        const place = Math.min(found[0].dataIndex, last - 1);
        const rows = data.samples.map((one) => `${one.name}: ${number(one.shares[place])} %`);
        return [`${number(edges[place])} ${word("to")} ${number(edges[place + 1])} ${data.unit}`, ...rows];
      }),
      series: data.samples.map((one) => ({
        type: "line",
        name: one.name,
        step: "end",
        showSymbol: false,
        data: [...one.shares.map((share, place) => [edges[place], share]), [edges[last], one.shares[last - 1]]],
        lineStyle: { width: 1.8, color: palette.of(one.colour) },
        itemStyle: { color: palette.of(one.colour) },
        areaStyle: { color: palette.of(one.colour), opacity: 0.22 },
        markLine: {
          silent: true,
          symbol: "none",
          label: { show: false },
          lineStyle: { color: palette.of(one.colour), type: "dashed", width: 1.5 },
          data: one.median <= edges[last] ? [{ xAxis: one.median }] : [],
        },
      })),
    }),
    { label: data.title },
  );
}
