// @ts-check
/** What is said of a lot, a unit or a work center that the pointer is on. */
import { t } from "../strings.js";
import { span } from "./controls.js";
import { BETWEEN, CALLED, CARRIED, HELD, MOVING, ON_UNIT, OUTSIDE, QUEUED } from "./moment.js";
import { NEVER } from "./trace.js";

/** @type {Record<number, string>} */
const PHASES = {
  [ON_UNIT]: "lot_on_unit",
  [QUEUED]: "lot_queued",
  [MOVING]: "lot_moving",
  [HELD]: "lot_held",
  [CARRIED]: "lot_carried",
  [OUTSIDE]: "lot_outside",
  [CALLED]: "lot_called",
  [BETWEEN]: "lot_between",
};

/** @param {import("./moment.js").Moment} moment @param {number} n place of the lot in the moment @param {number} tick */
export function lotFacts(moment, n, tick) {
  const { trace } = moment;
  const lot = moment.lot[n];
  const unit = moment.unit[n];
  const phase = moment.phase[n];
  const place = phase === QUEUED || phase === MOVING || phase === CARRIED ? moment.to[n] : moment.from[n];
  const where = phase === ON_UNIT || phase === HELD ? trace.units[unit] : trace.places[place]?.id;
  const product = trace.header.products[trace.lotProduct[lot]];
  return [
    `${trace.nameOf(lot)}${product ? ` · ${product}` : ""}`,
    `${t(PHASES[phase])}${where ? ` ${where}` : ""}`,
    ...operationOf(trace, lot, tick),
    `${t("in_plant_for")} ${span((tick - trace.lotRelease[lot]) * trace.header.tick_s)}`,
  ];
}

/** @param {import("./trace.js").Trace} trace @param {number} lot @param {number} tick */
function operationOf(trace, lot, tick) {
  for (let visit = trace.lotFirst[lot]; visit < trace.lotFirst[lot + 1]; visit++) {
    if (trace.visitEnd[visit] <= tick || trace.visitStart[visit] === NEVER) continue;
    const name = trace.header.operations[trace.visitOperation[visit]];
    return name ? [`${t(trace.visitStart[visit] <= tick ? "operation" : "next_operation")} ${name}`] : [];
  }
  return [];
}

/** @param {import("./trace.js").Trace} trace @param {number} unit @param {number} tick */
export function unitFacts(trace, unit, tick) {
  const change = trace.changeAt(unit, tick);
  const state = trace.header.states[trace.changeState[change]];
  const since = (tick - trace.changeTime[change]) * trace.header.tick_s;
  return [trace.units[unit], `${t(`state_${state}`)} ${t("since")} ${span(since)}`];
}

/** @param {import("./moment.js").Moment} moment @param {number} n */
export function placeFacts(moment, n) {
  const { trace } = moment;
  const place = trace.places[n];
  const unseen = Object.entries(trace.header.unseen[place.id] ?? {});
  return [
    place.id,
    `${t("units")} ${place.units.length}`,
    `${t("waiting_lots")} ${moment.queue[n]}${place.capacity === null ? "" : `/${place.capacity}`}`,
    ...unseen.map(([state, seconds]) => `${t(`state_${state}`)} ${span(seconds)} ${t("in_all")}`),
  ];
}
