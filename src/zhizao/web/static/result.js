// @ts-check
/** A result: the sections of its report, in the report's own style and the page's colours. */
import { mount } from "/assets/mount.js";
import * as api from "./api.js";
import { byId, h } from "./elements.js";
import { language, t } from "./strings.js";

/** @typedef {import("./api.js").Job} Job */

let latest = 0;
/** @type {Parameters<typeof showResult> | null} */
let shown = null;

/**
 * @param {Job} job
 * @param {(name: string) => void} choose shows a file that the job wrote
 * @param {(job: Job) => void} follow shows a job that was asked for here
 */
export async function showResult(job, choose, follow) {
  const turn = ++latest;
  shown = [job, choose, follow];
  const page = await api.page(job.result ?? "", language());
  if (turn !== latest) return; // another result was asked for meanwhile
  const base = `/api/results/${job.result}`;
  const outputs = job.outputs.map((name) => h("button", { type: "button", onclick: () => choose(name) }, name));
  byId("result").replaceChildren(
    h(
      "div",
      { class: "result-head" },
      h("h2", { id: "result-title", tabindex: "-1" }, page.title),
      h("p", { class: "subtitle" }, page.subtitle),
      h(
        "p",
        { class: "links" },
        h("a", { href: `${base}/report.html?language=${language()}`, download: `${job.study}.html` }, t("report")),
        h("a", { href: base, download: `${job.study}.json` }, t("json")),
        ...["xlsx", "csv", "parquet"].map((form) =>
          h("a", { href: `${base}/table.${form}`, download: `${job.study}.${form}` }, t(`table_${form}`)),
        ),
      ),
      outputs.length ? h("p", { class: "links" }, h("span", {}, t("wrote")), ...outputs) : null,
    ),
    sections(page, job, follow),
    h("details", { class: "made" }, h("summary", {}, t("made")), facts(page.facts)),
  );
}

export function clearResult() {
  latest++;
  shown = null;
  byId("result").replaceChildren();
}

/** Show the result again, where there is one: in the page's language. */
export async function showResultAgain() {
  if (shown) await showResult(...shown);
}

/**
 * The sections in a shadow tree: the style of reports stays with them, colours come from the page.
 *
 * Their HTML is the server's own, escaped by `zhizao.report`; the page's policy runs no script in it. Charts
 * stand there as data, and are drawn by the modules that one-file reports carry too.
 *
 * @param {api.Page} page
 * @param {Job} job
 * @param {(job: Job) => void} follow
 */
function sections(page, job, follow) {
  const host = h("div", { class: "report", lang: language() });
  const root = host.attachShadow({ mode: "open" });
  root.innerHTML =
    '<link rel="stylesheet" href="/report.css"><style>.page{font:inherit}section:first-child{margin-top:0}</style>' +
    `<div class="page">${page.sections.map((one) => one.html).join("\n")}</div>`;
  const libraries = new Map(page.sections.map((one) => [one.kind, one.libraries]));
  mount(root, async (kind) => {
    for (const path of libraries.get(kind) ?? []) await import(`/assets/${path}`);
    const { draw } = await import(`/assets/${kind}.js`);
    if (kind !== "gantt" || job.study !== "schedule") return draw;
    const { editPlan } = await import("./plan.js");
    return (place, data) => editPlan(place, draw(place, data), job, follow);
  });
  return host;
}

/** @param {Record<string, string>} found */
function facts(found) {
  const rows = Object.entries(found).map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value)));
  return h("table", {}, ...rows);
}
