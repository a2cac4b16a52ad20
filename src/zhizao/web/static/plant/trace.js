// @ts-check
/**
 * A trace as the server makes it (`zhizao.web.scene.trace`): a header, then columns of numbers that are read in place.
 *
 * @typedef {{id: string, kind: "center" | "fleet" | "conveyor" | "crane", units: string[], at: [number, number] | null,
 *   capacity: number | null, ends: [string, string] | null, home: string | null}} Place
 * @typedef {{plant: string, start: string, tick_s: number, ticks: number, states: string[], places: Place[],
 *   locations: Record<string, [number, number]>, edges: [number, number, number][], products: string[],
 *   floors: import("./routes.js").Floor[], routes: import("./routes.js").Route[], operations: string[], drives: boolean, unseen: Record<string, Record<string, number>>, events: number,
 *   columns: {name: string, type: string, offset: number, length: number}[]}} Header
 */

const MAGIC = "zhizaoT1";
export const NEVER = 0xffffffff;
export const NOWHERE = 0xffff;
const KINDS = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i4: Int32Array };

export class Trace {
  /** @param {ArrayBuffer} buffer */
  constructor(buffer) {
    const text = new TextDecoder();
    if (text.decode(new Uint8Array(buffer, 0, 8)) !== MAGIC) throw new Error("this is no trace of a plant");
    const length = new DataView(buffer).getUint32(8, true);
    /** @type {Header} */
    this.header = JSON.parse(text.decode(new Uint8Array(buffer, 16, length)));
    /** @type {Record<string, any>} */
    const found = {};
    for (const one of this.header.columns) {
      const kind = KINDS[/** @type {keyof typeof KINDS} */ (one.type)];
      found[one.name] = new kind(buffer, 16 + length + one.offset, one.length);
    }
    /** @type {Uint32Array} */ this.unitFirst = found.unit_first;
    /** @type {Uint32Array} */ this.changeTime = found.change_time;
    /** @type {Uint8Array} */ this.changeState = found.change_state;
    /** @type {Uint32Array} */ this.lotFirst = found.lot_first;
    /** @type {Uint32Array} */ this.lotRelease = found.lot_release;
    /** @type {Uint32Array} */ this.lotOut = found.lot_out;
    /** @type {Uint16Array} */ this.lotProduct = found.lot_product;
    /** @type {Uint8Array} */ this.lotScrapped = found.lot_scrapped;
    /** @type {Uint16Array} */ this.visitPlace = found.visit_place;
    /** @type {Int32Array} */ this.visitUnit = found.visit_unit;
    /** @type {Uint16Array} */ this.visitOperation = found.visit_operation;
    /** @type {Uint32Array} */ this.visitLeave = found.visit_leave;
    /** @type {Uint32Array} */ this.visitArrive = found.visit_arrive;
    /** @type {Uint32Array} */ this.visitStart = found.visit_start;
    /** @type {Uint32Array} */ this.visitEnd = found.visit_end;
    /** @type {Uint8Array} */ this.nameBytes = found.lot_names;
    this.places = this.header.places;
    this.ticks = this.header.ticks;
    this.lots = this.lotRelease.length;
    this.placeOf = new Map(this.places.map((place, n) => [place.id, n]));
    this.carries = Uint8Array.from(this.places, (place) => Number(place.kind === "fleet" || place.kind === "conveyor"));
    this.unitPlace = Int32Array.from(this.places.flatMap((place, n) => place.units.map(() => n)));
    this.units = this.places.flatMap((place) => place.units);
    /** First unit of each place. */
    this.placeFirst = new Int32Array(this.places.length + 1);
    this.places.forEach((place, n) => (this.placeFirst[n + 1] = this.placeFirst[n] + place.units.length));
    /** @type {string[] | null} */
    this.names = null;
  }

  /** Name of a lot; all are read once the first is asked for. @param {number} lot */
  nameOf(lot) {
    this.names ??= new TextDecoder().decode(this.nameBytes).split("\n");
    return this.names[lot];
  }

  /** Number of a lot, -1: there is none. @param {string} name */
  lotOf(name) {
    this.nameOf(0);
    return /** @type {string[]} */ (this.names).indexOf(name.trim());
  }

  /** The change that holds for a unit; before its first there is none. @param {number} unit @param {number} tick */
  changeAt(unit, tick) {
    return lastAtMost(this.changeTime, this.unitFirst[unit], this.unitFirst[unit + 1], tick);
  }

  /** State of a unit, as a place in `header.states`. @param {number} unit @param {number} tick */
  stateAt(unit, tick) {
    return this.changeState[this.changeAt(unit, tick)];
  }

  /** @param {number} tick */
  dateAt(tick) {
    return new Date(Date.parse(`${this.header.start}Z`) + tick * this.header.tick_s * 1000);
  }
}

/**
 * The last of the ascending `values[low..high)` that is at most `limit`; `low - 1`: none is.
 *
 * @param {Uint32Array} values
 * @param {number} low
 * @param {number} high
 * @param {number} limit
 */
export function lastAtMost(values, low, high, limit) {
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
