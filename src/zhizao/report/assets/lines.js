// @ts-check
/** Curves over numbers or times. */
import { moment, number } from "./charts/numbers.js";
import { axis, legend, lowerAxis, plot, time, tooltip, zoom } from "./charts/plot.js";

/**
 * @typedef {object} Lines
 * @property {string} title
 * @property {number[]} x numbers, or ms since 1970
 * @property {boolean} times
 * @property {{name: string, colour: string, values: (number | null)[], right: boolean}[]} series
 * @property {string} x_label
 * @property {string} y_label
 * @property {boolean} scale whether the axis need not reach down to 0
 * @property {string} right_label
 * @property {boolean} steps a value holds until the next one
 * @property {number | null} mark where a dashed line stands
 */

/** @param {HTMLElement} host @param {Lines} data */
export function draw(host, data) {
  const write = data.times ? moment : number;
  return plot(
    host,
    (palette) => ({
      legend: legend(palette, data.series.map((one) => one.name)),
      grid: { left: 12, right: 20, top: data.series.length > 1 ? 66 : 34, bottom: 30, containLabel: true },
      xAxis: lowerAxis(palette, data.x_label, data.times ? time() : { min: "dataMin", max: "dataMax" }),
      yAxis: [
        axis(palette, data.y_label, { nameTextStyle: { color: palette.soft, align: "left" }, scale: data.scale }),
        ...(data.right_label ? [rightAxis(palette, data.right_label)] : []),
      ],
      dataZoom: zoom,
      tooltip: tooltip(palette, "axis", (found) => [
        write(found[0].value[0]),
        ...found.map((/** @type {any} */ one) => `${one.seriesName}: ${number(one.value[1])}`),
      ]),
      series: data.series.map((one, place) => ({
        type: "line",
        name: one.name,
        yAxisIndex: one.right ? 1 : 0,
        data: data.x.map((x, row) => [x, one.values[row]]),
        step: data.steps ? "end" : false,
        showSymbol: data.x.length === 1 || isAlone(one.values),
        symbolSize: 4,
        sampling: "minmax",
        lineStyle: { width: 1.8, color: palette.of(one.colour), type: one.right ? "dashed" : "solid" },
        itemStyle: { color: palette.of(one.colour) },
        markLine: place === 0 && data.mark !== null ? upright(palette.ink, data.mark) : undefined,
      })),
    }),
    { label: data.title },
  );
}

/** @param {import("./charts/plot.js").Palette} palette @param {string} label */
const rightAxis = (palette, label) =>
  axis(palette, label, { nameTextStyle: { color: palette.soft, align: "right" }, splitLine: { show: false }, min: 0 });

/** Whether some value stands between two gaps, so that it is seen only as a dot. @param {(number | null)[]} values */
const isAlone = (values) => values.some((v, i) => v !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null);

/** @param {string} colour @param {number | null} x */
const upright = (colour, x) => ({
  silent: true,
  symbol: "none",
  label: { show: false },
  lineStyle: { color: colour, type: "dashed" },
  data: [{ xAxis: x }],
});
