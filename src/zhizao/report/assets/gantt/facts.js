// @ts-check
/** What is known of an operation, in words. */
import { duration, moment } from "./ticks.js";
import { word } from "./words.js";

const NAMED = 4; // lots of a batch by name

/**
 * @param {import("./gantt.js").Chart} data
 * @param {number} op
 * @param {number[]} others operations that its bar stands for too
 * @param {number} origin_s
 * @returns {[name: string, value: string][]}
 */
export function factsOf(data, op, others, origin_s) {
  const name = (/** @type {string} */ field, /** @type {number} */ one) =>
    data[field] && data[field][one] >= 0 ? data.names[field][data[field][one]] : "";
  const at = (/** @type {number} */ time_s) => `${moment(origin_s + time_s)}`;
  /** @type {[string, string][]} */
  const found = [[word("unit"), name("unit", op)]];
  for (const field of ["lot", "order", "product", "operation", "worker"]) {
    found.push([word(field), listed([op, ...others].map((one) => name(field, one)))]);
  }
  found.push([word("start"), at(data.start[op])]);
  found.push([word("end"), `${at(data.end[op])} (${duration(data.end[op] - data.start[op])})`]);
  const due = data.due?.[op];
  if (due !== null && due !== undefined) found.push([word("due"), at(due)]);
  const late = data.late?.[op];
  if (late !== null && late !== undefined) {
    found.push([word("slack"), late > 0 ? `−${duration(late)} (${word("late")})` : duration(late ? -late : 0)]);
  }
  if (data.frozen?.[op]) found.push([word("frozen"), "✓"]);
  return found.filter(([, value]) => value !== "");
}

/** @param {string[]} names */
function listed(names) {
  const own = [...new Set(names.filter((name) => name !== ""))];
  const more = own.length - NAMED;
  return own.slice(0, NAMED).join(", ") + (more > 0 ? ` +${more}` : "");
}

/** What an operation is, in one line. @param {import("./gantt.js").Chart} data @param {number} op */
export function titleOf(data, op) {
  const kind = data.names.kind[data.kind[op]];
  const label = data.label && data.label[op] >= 0 ? data.names.label[data.label[op]] : "";
  return `${word(kind)} ${label}`.trim();
}
