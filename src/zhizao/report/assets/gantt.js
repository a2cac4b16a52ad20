// @ts-check
/** The widget `gantt`: a chart of who does what when. */
import { gantt } from "./gantt/gantt.js";

/**
 * @param {HTMLElement} host an empty element
 * @param {import("./gantt/gantt.js").Chart} data
 */
export function draw(host, data) {
  return gantt(host, data);
}
