// @ts-check
/** The elements around the canvas: choices, legend, facts, and what screen readers are given. */
import { css } from "./look.js";
import { word } from "./words.js";

const STYLE = `
.gantt{position:relative;font-size:14px}
.gantt-bar{display:flex;flex-wrap:wrap;gap:6px 14px;align-items:center;margin:0 0 8px;color:var(--soft,#5b6673)}
.gantt-bar label{display:inline-flex;gap:6px;align-items:center}
.gantt-bar select,.gantt-bar button{font:inherit;color:var(--ink,#1a2028);background:var(--paper,#fff);
border:1px solid var(--soft,#5b6673);border-radius:4px;min-height:30px;padding:2px 8px}
.gantt-bar button{min-width:32px;cursor:pointer}
.gantt-legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 16px;margin:0 0 6px;padding:0;color:var(--ink,#1a2028)}
.gantt-legend i{display:inline-block;width:12px;height:12px;border-radius:2px;margin-right:6px}
.gantt-stage{position:relative;overflow:hidden;border:1px solid var(--rule,#e3e7ec);border-radius:4px}
.gantt canvas{display:block;touch-action:none;cursor:grab;outline-offset:-2px}
.gantt canvas:focus-visible{outline:2px solid var(--blue,#0072b2)}
.gantt-cursor,.gantt-ghost{position:absolute;pointer-events:none;top:0;left:0;display:none}
.gantt-cursor{width:2px;bottom:0;background:var(--red,#d55e00)}
.gantt-ghost{border:2px solid var(--ink,#1a2028);border-radius:2px;box-sizing:border-box}
.gantt-moved{position:absolute;pointer-events:none;border:2px dashed var(--ink,#1a2028);box-sizing:border-box}
.gantt-moved.broken{border:2px solid var(--red,#d55e00)}
.gantt-facts{position:absolute;z-index:2;pointer-events:none;display:none;max-width:320px;padding:8px 10px;
background:var(--paper,#fff);color:var(--ink,#1a2028);border:1px solid var(--soft,#5b6673);border-radius:4px;
box-shadow:0 2px 8px #0003;font-size:13px;line-height:1.4}
.gantt-facts b{display:block;margin-bottom:2px}
.gantt-facts dl{display:grid;grid-template-columns:auto 1fr;gap:0 10px;margin:0}
.gantt-facts dt{color:var(--soft,#5b6673)}.gantt-facts dd{margin:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
.gantt-note{color:var(--soft,#5b6673);font-size:13px;margin:6px 0 0}
.gantt-said{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media print{.gantt-bar,.gantt-facts{display:none!important}}`;

const IN_LEGEND = 14;

/** @param {string} tag @param {string} kind @param {...(Node | string)} children @returns {any} */
export function element(tag, kind, ...children) {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  made.append(...children);
  return made;
}

/**
 * @param {string} name
 * @param {string[]} values
 * @param {(value: string) => void} choose
 */
function choice(name, values, choose) {
  const select = element("select", "", ...values.map((value) => {
    const option = element("option", "", word(`by_${value}`));
    option.value = value;
    return option;
  }));
  select.addEventListener("change", () => choose(select.value));
  return { select, label: element("label", "", word(name), select) };
}

/** @param {string} text @param {string} name @param {() => void} act */
function button(text, name, act) {
  const made = element("button", "", text);
  made.type = "button";
  made.setAttribute("aria-label", name);
  made.title = name;
  made.addEventListener("click", act);
  return made;
}

/**
 * @typedef {ReturnType<typeof makePanel>} Panel
 *
 * @param {HTMLElement} host
 * @param {{rows: string[], colours: string[]}} choices
 * @param {{group: (by: string) => void, colour: (by: string) => void, zoom: (by: number) => void, fit: () => void}} acts
 */
export function makePanel(host, choices, acts) {
  const rows = choice("rows", choices.rows, acts.group);
  const colours = choice("colours", choices.colours, acts.colour);
  const canvas = element("canvas", "");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", word("chart"));
  canvas.setAttribute("aria-description", word("keys"));
  const parts = {
    rows: rows.select, colours: colours.select, canvas,
    legend: element("ul", "gantt-legend"), cursor: element("div", "gantt-cursor"), ghost: element("div", "gantt-ghost"),
    facts: element("div", "gantt-facts"), said: element("div", "gantt-said"), note: element("p", "gantt-note"),
    moved: element("div", ""),
  };
  parts.said.setAttribute("aria-live", "polite");
  const stage = element("div", "gantt-stage", canvas, parts.cursor, parts.moved, parts.ghost);
  const bar = element("div", "gantt-bar", rows.label, colours.label,
    button("−", word("zoom_out"), () => acts.zoom(1.5)), button("+", word("zoom_in"), () => acts.zoom(1 / 1.5)),
    button(word("fit"), word("fit"), acts.fit));
  const box = element("div", "gantt", bar, parts.legend, stage, parts.facts, parts.note, parts.said);
  host.replaceChildren(element("style", "", STYLE), box);
  return { ...parts, box, stage };
}

/** @param {HTMLElement} legend @param {import("./look.js").Entry[]} entries @param {import("./look.js").Entry[]} zones */
export function showLegend(legend, entries, zones) {
  const shown = [...entries.slice(0, IN_LEGEND), ...zones].map(({ name, colour }) => {
    const patch = element("i", "");
    patch.style.background = css(colour);
    return element("li", "", patch, word(name));
  });
  const more = entries.length - IN_LEGEND;
  legend.replaceChildren(...shown, ...(more > 0 ? [element("li", "", `+${more} ${word("more")}`)] : []));
}

/** @param {HTMLElement} facts @param {string} title @param {[string, string][]} rows */
export function showFacts(facts, title, rows) {
  const list = element("dl", "", ...rows.flatMap(([name, value]) => [element("dt", "", name), element("dd", "", value)]));
  facts.replaceChildren(element("b", "", title), list);
  facts.style.display = "block";
}
