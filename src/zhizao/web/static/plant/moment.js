// @ts-check
/** Where every lot and vehicle is at one moment. */
import { lastAtMost, NOWHERE } from "./trace.js";

/** What a lot does. */
export const ON_UNIT = 0; // set-up or work
export const QUEUED = 1; // waits at `to`
export const MOVING = 2; // from `from` to `to`, `share` of the way
export const HELD = 3; // done, but the next place has no room: the unit is blocked
export const CARRIED = 4; // by a vehicle or belt `unit`
export const OUTSIDE = 5; // released, but not yet admitted
export const CALLED = 6; // waits at `from` for a vehicle
export const BETWEEN = 7; // at `from`; nobody knows where it goes next

/** Lots of a moment, in arrays that are filled again for every frame. */
export class Moment {
  /** @param {import("./trace.js").Trace} trace */
  constructor(trace) {
    this.trace = trace;
    this.count = 0;
    this.lot = new Uint32Array(1024);
    this.phase = new Uint8Array(1024);
    this.unit = new Int32Array(1024);
    this.from = new Int32Array(1024);
    this.to = new Int32Array(1024);
    this.share = new Float32Array(1024);
    /** Lots that wait at each place. */
    this.queue = new Uint32Array(trace.places.length);
    this.trips = tripsOf(trace);
  }

  /** @param {number} tick @param {number} hop ticks that a move takes at least, so that it can be seen */
  fill(tick, hop) {
    const { lotRelease, lotOut, lots } = this.trace;
    this.count = 0;
    this.queue.fill(0);
    const until = lastAtMost(lotRelease, 0, lots, tick) + 1;
    for (let lot = 0; lot < until; lot++) if (lotOut[lot] > tick) this.add(lot, tick, hop);
  }

  /** @param {number} lot @param {number} tick @param {number} hop */
  add(lot, tick, hop) {
    const { trace } = this;
    const first = trace.lotFirst[lot];
    const last = trace.lotFirst[lot + 1];
    if (first === last) return;
    if (this.count === this.lot.length) this.grow();
    const n = this.count++;
    const visit = Math.min(lastAtMost(trace.visitEnd, first, last, tick) + 1, last - 1);
    const place = trace.visitPlace[visit];
    const carried = place !== NOWHERE && trace.carries[place] === 1;
    const from = this.before(visit, first);
    this.lot[n] = lot;
    this.unit[n] = trace.visitUnit[visit];
    this.from[n] = from;
    this.to[n] = carried ? this.after(visit, last, from) : place;
    this.phase[n] = this.phaseOf(n, visit, first, tick, hop, carried);
    if (this.phase[n] === QUEUED) this.queue[place]++;
  }

  /**
   * @param {number} n @param {number} visit @param {number} first @param {number} tick @param {number} hop
   * @param {boolean} carried
   */
  phaseOf(n, visit, first, tick, hop, carried) {
    const { visitLeave, visitArrive, visitStart, visitEnd, visitUnit, visitPlace } = this.trace;
    const from = this.from[n];
    const leave = visitLeave[visit];
    if (tick < leave) {
      if (visit === first) return OUTSIDE;
      this.unit[n] = visitUnit[visit - 1];
      return HELD;
    }
    if (tick >= visitEnd[visit]) return this.rest(n, visit);
    if (carried) {
      if (tick < visitStart[visit]) return from < 0 ? OUTSIDE : CALLED;
      this.share[n] = (tick - visitStart[visit]) / Math.max(visitEnd[visit] - visitStart[visit], 1);
      return CARRIED;
    }
    if (visitPlace[visit] === NOWHERE) return from < 0 ? OUTSIDE : BETWEEN;
    const way = Math.max(visitArrive[visit] - leave, hop);
    const came = visit > first && this.trace.carries[visitPlace[visit - 1]] === 1;
    if (tick < leave + way && from >= 0 && from !== visitPlace[visit] && !came) {
      this.share[n] = (tick - leave) / way;
      return MOVING;
    }
    return tick < visitStart[visit] ? QUEUED : ON_UNIT;
  }

  /** A lot after its last visit. @param {number} n @param {number} visit */
  rest(n, visit) {
    const place = this.trace.visitPlace[visit];
    this.from[n] = this.trace.carries[place] ? this.to[n] : place;
    return BETWEEN;
  }

  /** Where a lot stood before a visit; -1: it came from outside. @param {number} visit @param {number} first */
  before(visit, first) {
    const { visitPlace, carries } = this.trace;
    let one = visit - 1;
    while (one >= first && carries[visitPlace[one]]) one--;
    return one < first ? -1 : visitPlace[one];
  }

  /** Where a ride ends. @param {number} visit @param {number} last @param {number} from */
  after(visit, last, from) {
    const { places, placeOf, visitPlace } = this.trace;
    const ends = places[visitPlace[visit]].ends;
    if (ends) return placeOf.get(ends[1]) ?? from;
    const next = visit + 1 < last ? visitPlace[visit + 1] : NOWHERE;
    return next === NOWHERE ? from : next;
  }

  grow() {
    for (const name of /** @type {const} */ (["lot", "phase", "unit", "from", "to", "share"])) {
      const old = this[name];
      const bigger = new /** @type {any} */ (old.constructor)(old.length * 2);
      bigger.set(old);
      /** @type {any} */ (this)[name] = bigger;
    }
  }

  /**
   * Where a vehicle is: between which places, and how much of the way. Empty trips leave no row: a vehicle is
   * assumed to drive to its next load just in time.
   *
   * @param {number} unit @param {number} tick @returns {[from: number, to: number, share: number, loaded: boolean]}
   */
  vehicle(unit, tick) {
    const { visitStart, visitEnd, places, placeOf, unitPlace } = this.trace;
    const trips = this.trips.get(unit) ?? [];
    let low = 0;
    let high = trips.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (visitStart[trips[middle].visit] <= tick) low = middle + 1;
      else high = middle;
    }
    const trip = trips[low - 1];
    const next = trips[low];
    const home = placeOf.get(places[unitPlace[unit]].home ?? "") ?? -1;
    const rest = trip ? trip.to : home >= 0 ? home : (next?.from ?? -1);
    if (trip && tick < visitEnd[trip.visit]) {
      return [trip.from, trip.to, (tick - visitStart[trip.visit]) / (visitEnd[trip.visit] - visitStart[trip.visit]), true];
    }
    if (!next) return [rest, rest, 0, false];
    const start = visitStart[next.visit];
    const takes = Math.min(start - (trip ? visitEnd[trip.visit] : 0), visitEnd[next.visit] - start);
    return takes > 0 && tick > start - takes ? [rest, next.from, 1 - (start - tick) / takes, false] : [rest, rest, 0, false];
  }
}

/**
 * Rides of each vehicle in order of time.
 *
 * @param {import("./trace.js").Trace} trace
 * @returns {Map<number, {visit: number, from: number, to: number}[]>}
 */
function tripsOf(trace) {
  const found = new Map();
  if (!trace.places.some((place) => place.kind === "fleet")) return found;
  for (let lot = 0; lot < trace.lots; lot++) {
    const last = trace.lotFirst[lot + 1];
    let from = -1;
    for (let visit = trace.lotFirst[lot]; visit < last; visit++) {
      const place = trace.visitPlace[visit];
      if (place === NOWHERE) continue;
      if (trace.places[place].kind !== "fleet") {
        if (!trace.carries[place]) from = place;
        continue;
      }
      const next = visit + 1 < last ? trace.visitPlace[visit + 1] : NOWHERE;
      const unit = trace.visitUnit[visit];
      if (!found.has(unit)) found.set(unit, []);
      found.get(unit).push({ visit, from, to: next === NOWHERE ? from : next });
    }
  }
  for (const trips of found.values()) trips.sort((/** @type {any} */ a, /** @type {any} */ b) => trace.visitStart[a.visit] - trace.visitStart[b.visit]);
  return found;
}
