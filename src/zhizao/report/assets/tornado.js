// @ts-check
/** Horizontal bars from a line of no change, one row per name. */
import { number } from "./charts/numbers.js";
import { axis, legend, lowerAxis, plot, tooltip } from "./charts/plot.js";

const ROW_PX = 30;

/**
 * @typedef {object} Tornado
 * @property {string} title
 * @property {string[]} names
 * @property {{name: string, colour: string, changes: (number | null)[]}[]} ways changes in per cent
 * @property {string} label
 */

/** @param {HTMLElement} host @param {Tornado} data */
export function draw(host, data) {
  const sizes = data.ways.flatMap((way) => way.changes.map((change) => Math.abs(change ?? 0)));
  const reach = Math.max(...sizes) * 1.05 || 1;
  return plot(
    host,
    (palette) => ({
      legend: legend(palette, data.ways.map((one) => one.name)),
      grid: { left: 12, right: 24, top: data.ways.length > 1 ? 34 : 8, bottom: 30, containLabel: true },
      xAxis: lowerAxis(palette, data.label, { min: -reach, max: reach }),
      yAxis: axis(palette, "", {
        type: "category",
        data: data.names,
        inverse: true,
        axisLabel: { color: palette.ink, width: 260, overflow: "truncate", interval: 0 },
      }),
      tooltip: tooltip(palette, "item", (one) => [one.name, `${one.seriesName}: ${number(one.value)} %`]),
      series: data.ways.map((way) => ({
        type: "bar",
        name: way.name,
        data: way.changes,
        barGap: 0,
        barMaxWidth: 11,
        itemStyle: { color: palette.of(way.colour) },
      })),
    }),
    { label: data.title, height: 80 + ROW_PX * data.names.length },
  );
}
