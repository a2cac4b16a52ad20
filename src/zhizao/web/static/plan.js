// @ts-check
/** Changing a plan on its chart: moves, what they break by the twin, and the repair around them. */
import * as api from "./api.js";
import { h } from "./elements.js";
import { t } from "./strings.js";

const STYLE = `
.plan{margin:12px 0 0;border-top:1px solid var(--rule);padding-top:10px}
.plan button,.plan select,.plan input{font:inherit;min-height:34px;padding:2px 10px;color:var(--ink);
background:var(--paper);border:1px solid var(--control,var(--soft));border-radius:4px}
.plan button[aria-pressed=true]{border-color:var(--act);box-shadow:inset 0 0 0 1px var(--act)}
.plan .row{display:flex;flex-wrap:wrap;gap:8px 12px;align-items:center;margin:8px 0}
.plan label{display:inline-flex;gap:6px;align-items:center;font-size:14px}
.plan p,.plan li{font-size:14px}.plan ul{margin:6px 0;padding-left:20px}
.plan .broken b{color:var(--worse)}`;

/**
 * @typedef {{op: number, lot: string, operation: string, unit: string, start_s: number}} Move
 * @typedef {{data: any, chosen: number, origin_s: number, edit: (act: ((move: Move) => void) | null) => void,
 *   showMoves: (moves: {move: Move, broken: boolean}[]) => void}} Chart
 */

/**
 * Offer to change a plan below its chart.
 *
 * @param {HTMLElement} place element of the chart
 * @param {Chart} chart
 * @param {api.Job} job that made the plan
 * @param {(job: api.Job) => void} follow
 */
export function editPlan(place, chart, job, follow) {
  const editor = new PlanEditor(chart, job, follow);
  place.append(h("style", {}, STYLE), editor.box);
}

class PlanEditor {
  /** @param {Chart} chart @param {api.Job} job @param {(job: api.Job) => void} follow */
  constructor(chart, job, follow) {
    this.chart = chart;
    this.job = job;
    this.follow = follow;
    this.moves = /** @type {Move[]} */ ([]);
    this.turn = 0;
    this.toggle = h("button", { type: "button", "aria-pressed": "false", onclick: () => this.switch() }, t("plan_edit"));
    this.unit = h("select", {}, ...chart.data.names.unit.map((/** @type {string} */ name) => h("option", {}, name)));
    this.start = h("input", { type: "datetime-local", step: 60, value: this.moment(0) });
    this.said = h("div", { role: "status" });
    this.form = h(
      "div",
      { hidden: true },
      h("p", {}, t("plan_help")),
      h(
        "div",
        { class: "row" },
        h("label", {}, t("plan_unit"), this.unit),
        h("label", {}, t("plan_start"), this.start),
        h("button", { type: "button", onclick: () => this.moveChosen() }, t("plan_move")),
      ),
      this.said,
    );
    this.box = h("div", { class: "plan" }, this.toggle, this.form);
  }

  switch() {
    const on = this.form.hidden;
    this.form.hidden = !on;
    this.toggle.setAttribute("aria-pressed", String(on));
    this.chart.edit(on ? (move) => this.add(move) : null);
    if (!on) this.undo();
  }

  /** The chosen operation, to the place that the fields give: what a drag does, without one. */
  moveChosen() {
    const { data, chosen } = this.chart;
    const kind = chosen < 0 ? "" : data.names.kind[data.kind[chosen]];
    if (kind !== "process") {
      this.said.replaceChildren(h("p", {}, t("plan_choose")));
      return;
    }
    const start_s = Date.parse(`${this.start.value.slice(0, 16)}:00Z`) / 1000 - this.chart.origin_s;
    const name = (/** @type {string} */ field) => data.names[field][data[field][chosen]];
    this.add({ op: chosen, lot: name("lot"), operation: name("operation"), unit: this.unit.value, start_s });
  }

  /** @param {Move} move */
  add(move) {
    this.moves = [...this.moves.filter((one) => one.op !== move.op), move];
    this.unit.value = move.unit;
    this.start.value = this.moment(move.start_s).slice(0, 16);
    this.check();
  }

  undo() {
    this.turn++;
    this.moves = [];
    this.chart.showMoves([]);
    this.said.replaceChildren();
  }

  /** A time of the plan as the server reads it. @param {number} time_s */
  moment(time_s) {
    return new Date(Math.round(this.chart.origin_s + time_s) * 1000).toISOString().slice(0, 19);
  }

  /** @returns {api.Move[]} */
  asked() {
    return this.moves.map(({ lot, operation, unit, start_s }) => ({ lot, operation, unit, start: this.moment(start_s) }));
  }

  async check() {
    const turn = ++this.turn;
    this.show(null);
    this.said.replaceChildren(h("p", {}, t("plan_checking")));
    try {
      const found = await api.checkMoves(this.job.result ?? "", this.asked());
      if (turn === this.turn) this.show(found);
    } catch (problem) {
      if (turn === this.turn) this.refuse(problem);
    }
  }

  /** @param {api.Checked | null} found */
  show(found) {
    const broken = new Set(found?.breaches.map((one) => `${one.lot}\n${one.operation}`));
    this.chart.showMoves(this.moves.map((move) => ({ move, broken: broken.has(`${move.lot}\n${move.operation}`) })));
    if (!found) return;
    const breaches = found.breaches.map((one) =>
      h("li", { class: "broken" }, h("b", {}, t(`breach_${one.kind}`)), ` ${one.lot} ${one.operation}: ${one.text}`));
    this.said.replaceChildren(
      breaches.length ? h("ul", {}, ...breaches) : h("p", {}, t("plan_holds")),
      h("p", {}, `${t("plan_later")} ${found.later}. ${found.late.length ? `${t("plan_late")} ${found.late.join(", ")}.` : ""}`),
      this.acts(),
    );
  }

  acts() {
    return h(
      "div",
      { class: "row" },
      h("button", { type: "button", onclick: () => this.repair() }, t("plan_repair")),
      h("button", { type: "button", onclick: () => this.undo() }, t("plan_undo")),
    );
  }

  async repair() {
    try {
      this.follow(await api.repairPlan(this.job.result ?? "", this.asked()));
    } catch (problem) {
      this.refuse(problem);
    }
  }

  /** @param {unknown} problem */
  refuse(problem) {
    if (!(problem instanceof api.Refused || problem instanceof TypeError)) throw problem;
    this.said.replaceChildren(h("p", { class: "broken" }, problem instanceof api.Refused ? problem.message : t("lost")), this.acts());
  }
}
