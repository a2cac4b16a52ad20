// @ts-check
/** Colours of the page for a canvas, which knows no CSS variables; names are those of `style.css`. */

/** As `zhizao.report.colours` has them. @type {Record<string, string>} */
const OF_STATE = {
  busy: "--blue",
  setup: "--sky",
  waiting: "--yellow",
  blocked: "--orange",
  down: "--red",
  maintenance: "--pink",
  "start-up": "--brown",
  standby: "--green",
  idle: "--idle",
  off: "--off",
};
const OF_LOT = ["--green", "--pink", "--sky", "--orange", "--brown", "--red", "--blue", "--yellow"];

/** The variable of a state. @param {string} state */
export const variableOf = (state) => OF_STATE[state] ?? "--idle";

/**
 * @param {HTMLElement} element where the variables are asked for
 * @param {string[]} states
 */
export function paletteOf(element, states) {
  const probe = document.createElement("span");
  element.append(probe);
  const colour = (/** @type {string} */ name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const found = {
    paper: colour("--paper"),
    card: colour("--card"),
    ink: colour("--ink"),
    soft: colour("--soft"),
    rule: colour("--rule"),
    control: colour("--control"),
    act: colour("--act"),
    off: colour("--off"),
    states: states.map((state) => colour(variableOf(state))),
    lots: OF_LOT.map(colour),
    font: getComputedStyle(element).fontFamily,
  };
  probe.remove();
  return found;
}

/** @typedef {ReturnType<typeof paletteOf>} Palette */
