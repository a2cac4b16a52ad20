// @ts-check
/** One chart by Apache ECharts: the page's colours and type, redrawn when they change or the width does. */
import { number } from "./numbers.js";
import { day } from "./words.js";

const HEIGHT = 320;
const FONT_PX = 13;

/**
 * @typedef {object} Palette
 * @property {string} ink
 * @property {string} soft
 * @property {string} grid
 * @property {string} paper
 * @property {string} font
 * @property {(name: string) => string} of a colour of the page's style by its name, such as `blue`
 */

/** @param {Element} host @returns {Palette} */
function paletteOf(host) {
  const probe = document.createElement("i");
  host.append(probe);
  /** @param {string} name */
  const of = (name) => {
    probe.style.color = `var(--${name})`; // resolves what a custom property alone leaves open
    return getComputedStyle(probe).color;
  };
  const found = { ink: of("ink"), soft: of("soft"), grid: of("grid"), paper: of("paper") };
  const colours = Object.fromEntries(COLOURS.map((name) => [name, of(name)]));
  probe.remove();
  const font = getComputedStyle(host).fontFamily; // texts are measured before they are in the page
  return { ...found, font, of: (name) => colours[name] ?? found.soft };
}

const COLOURS = ["blue", "red", "green", "pink", "orange", "sky", "yellow", "brown", "idle", "off", "better", "worse", "on-deep"];

/**
 * Draw a chart and keep it fitting.
 *
 * @param {HTMLElement} host an empty element in the page
 * @param {(palette: Palette) => object} optionOf what ECharts shows, in these colours
 * @param {{height?: number, label: string}} look `label` names the chart for those who do not see it
 */
export function plot(host, optionOf, { height = HEIGHT, label }) {
  host.style.height = `${height}px`;
  host.setAttribute("role", "img");
  host.setAttribute("aria-label", label);
  const echarts = /** @type {any} */ (globalThis).echarts;
  const chart = echarts.init(host, null, { renderer: "svg" });
  const draw = () => {
    const palette = paletteOf(host);
    chart.setOption({ ...base(palette), ...optionOf(palette) }, { notMerge: true });
  };
  draw();
  new ResizeObserver(() => chart.resize()).observe(host);
  for (const media of ["(prefers-color-scheme: dark)", "print"]) matchMedia(media).addEventListener("change", draw);
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return chart;
}

/** What all charts share. @param {Palette} palette */
function base(palette) {
  return {
    animation: false,
    useUTC: true, // times are the plant's own
    textStyle: { fontFamily: palette.font, fontSize: FONT_PX, color: palette.soft },
    grid: { left: 12, right: 20, top: 40, bottom: 12, containLabel: true },
  };
}

/**
 * An axis in the page's colours; `own` adds or replaces.
 *
 * @param {Palette} palette @param {string} name @param {Record<string, any>} [own]
 */
export function axis(palette, name, own = {}) {
  return {
    type: "value",
    name,
    nameTextStyle: { color: palette.soft },
    axisLine: { show: false, lineStyle: { color: palette.soft } },
    axisTick: { show: false },
    axisLabel: { color: palette.soft, hideOverlap: true, ...(own.type ? {} : { formatter: plain }) },
    splitLine: { lineStyle: { color: palette.grid } },
    ...own,
  };
}

/** A label of an axis: as short as the value is; an end of the axis that is no round number has none. @param {number} value */
function plain(value) {
  if (Number(value.toPrecision(4)) !== value) return "";
  return Math.abs(value) < 1000 ? String(Number(value.toPrecision(6))).replace("-", "\u2212") : number(value);
}

/** @param {Palette} palette @param {string} name @param {Record<string, any>} [own] */
export function lowerAxis(palette, name, own = {}) {
  const place = { nameLocation: "middle", nameGap: 32, splitLine: { show: false } };
  return axis(palette, name, { ...place, axisLine: { show: true, lineStyle: { color: palette.soft } }, ...own });
}

/** Labels of an axis of moments. */
export const time = () => ({
  type: "time",
  axisLabel: { formatter: { year: "{yyyy}", month: day(), day: day(), hour: "{HH}:{mm}", minute: "{HH}:{mm}" }, hideOverlap: true },
});

/** Names above the chart. @param {Palette} palette @param {string[]} names */
export const legend = (palette, names) => ({
  show: names.length > 1,
  data: names,
  left: 0,
  top: 0,
  type: "scroll",
  icon: "roundRect",
  itemWidth: 12,
  itemHeight: 12,
  textStyle: { color: palette.ink },
  pageTextStyle: { color: palette.soft },
});

/**
 * Text beside the pointer; names come from logs, so they are never read as markup.
 *
 * @param {Palette} palette @param {string} trigger @param {(found: any) => string[]} linesOf
 */
export const tooltip = (palette, trigger, linesOf) => ({
  trigger,
  confine: true,
  backgroundColor: palette.paper,
  borderColor: palette.soft,
  textStyle: { color: palette.ink, fontSize: FONT_PX },
  axisPointer: { type: trigger === "axis" ? "line" : "none", lineStyle: { color: palette.soft } },
  formatter: (/** @type {any} */ found) => {
    const box = document.createElement("div");
    for (const line of linesOf(found)) {
      const row = document.createElement("div");
      row.textContent = line;
      box.append(row);
    }
    return box;
  },
});

/** Zoom by wheel and drag along the lower axis; the wheel alone scrolls the page. */
export const zoom = [{ type: "inside", xAxisIndex: 0, zoomOnMouseWheel: "ctrl", moveOnMouseMove: true, filterMode: "none" }];
