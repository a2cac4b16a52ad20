// @ts-check
/** Numbers and moments as reports write them (`zhizao.report.text`). */

const THIN = "\u202f"; // narrow no-break space between thousands (ISO 80000-1, 7.3.1)
const MINUS = "\u2212";
const NOTHING = "\u2013";
const RAISED = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079";

/**
 * A number with three significant digits but no fewer than all whole ones: 12 346, 12.3, 0.0123.
 *
 * @param {number | null | undefined} value
 */
export function number(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  if (value === 0) return "0";
  const power = Math.floor(Math.log10(Math.abs(value)));
  if (power < -4) {
    const raised = [...String(-power)].map((digit) => RAISED[Number(digit)]).join("");
    return grouped(`${(value / 10 ** power).toFixed(2)}\u00d710\u207b${raised}`);
  }
  return grouped(value.toFixed(Math.min(Math.max(2 - power, 0), 12)));
}

/** @param {string} text */
function grouped(text) {
  const [whole, rest] = text.split(".");
  const parts = whole.replace("-", MINUS).replace(/\B(?=(\d{3})+(?!\d))/g, THIN);
  return rest === undefined ? parts : `${parts}.${rest}`;
}

/** A moment to the minute. @param {number} ms since 1970, read as the plant's own clock */
export const moment = (ms) => new Date(ms).toISOString().slice(0, 16).replace("T", " ");
