// @ts-check
/** Calendar time: marks of the axis and moments as text. Times are the plant's own, with no time zone. */

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;
const STEPS = [1, 5, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR,
  3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 91 * DAY, 364 * DAY];

/** @param {string} moment ISO 8601 without zone @returns {number} s since 1970 in the plant's own time */
export const clock = (moment) => Date.parse(`${moment.slice(0, 19)}Z`) / 1000;

/**
 * Marks between two moments, at least `gap_s` apart: on whole minutes, hours and days (weeks begin on Monday).
 *
 * @param {number} from_s s since 1970 @param {number} to_s @param {number} gap_s
 * @returns {{step_s: number, at: number[]}}
 */
export function marks(from_s, to_s, gap_s) {
  const step_s = STEPS.find((step) => step >= gap_s) ?? DAY * Math.ceil(gap_s / DAY);
  const base = step_s > DAY ? 4 * DAY : 0; // 5 January 1970 was a Monday
  const at = [];
  for (let one = Math.ceil((from_s - base) / step_s); one * step_s + base <= to_s; one++) at.push(one * step_s + base);
  return { step_s, at };
}

const two = (/** @type {number} */ value) => String(value).padStart(2, "0");

/** @param {number} time_s s since 1970 @param {boolean} [seconds] */
export function hourOf(time_s, seconds = false) {
  const date = new Date(Math.round(time_s) * 1000);
  const minutes = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  return seconds ? `${minutes}:${two(date.getUTCSeconds())}` : minutes;
}

/** @param {number} time_s @param {string} language */
export const dayOf = (time_s, language) =>
  new Date(time_s * 1000).toLocaleDateString(language === "zh" ? "zh-CN" : "en-GB", {
    timeZone: "UTC", weekday: "short", day: "numeric", month: "short" });

/** `2026-01-05 08:30`, with seconds where they matter. @param {number} time_s */
export function moment(time_s) {
  const whole = Math.round(time_s);
  return `${new Date(whole * 1000).toISOString().slice(0, 10)} ${hourOf(whole, whole % 60 !== 0)}`;
}

/** A length of time: 45 s, 12.5 min, 3.2 h, 4.1 d. @param {number} seconds */
export function duration(seconds) {
  const size = Math.abs(seconds);
  const [by, unit] = size < MINUTE ? [1, "s"] : size < HOUR ? [MINUTE, "min"] : size < 2 * DAY ? [HOUR, "h"] : [DAY, "d"];
  return `${Number((seconds / Number(by)).toPrecision(3))} ${unit}`;
}
