// @ts-check
/** The words of charts in both languages; those of their data come translated. */
import { language } from "../language.js";

/** @type {Record<string, [en: string, zh: string]>} */
const TABLE = {
  to: ["to", "至"],
  show: ["Show", "显示"],
  and: [" and ", "与"],
  differences: [", differences", "，标出差异"],
  at_steps: ["At the steps", "步骤上标注"],
  median_wait: ["median wait (h)", "等待中位数 (h)"],
  per_lot: ["per lot", "每批次数"],
  most_frequent: ["Most frequent", "最频繁"],
  smaller: ["Smaller", "缩小"],
  larger: ["Larger", "放大"],
  front: ["Pareto front", "帕累托前沿"],
  others: ["others", "其他"],
  shown_below: ["Shown below: ", "下方显示："],
  before: ["before", "之前"],
  after: ["after", "之后"],
  change: ["change", "变化"],
  verdict: ["verdict", "结论"],
  so_far: ["so far", "累计"],
  interval: ["95 % interval", "95 % 区间"],
  never: ["never", "从不"],
  wait: ["median wait", "等待中位数"],
};

/** @param {string} key */
export const word = (key) => TABLE[key][language() === "zh" ? 1 : 0];

/** Months on an axis of time, for ECharts. */
export const day = () => (language() === "zh" ? "{M}月{d}日" : "{d} {MMM}");
