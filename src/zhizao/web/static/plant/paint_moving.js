// @ts-check
/** What changes with time: states of units, queues, lots and vehicles. Drawn for every frame. */
import { CELL, DOT } from "./layout.js";
import { BETWEEN, CALLED, CARRIED, HELD, MOVING, ON_UNIT, OUTSIDE, QUEUED } from "./moment.js";
import { Routes } from "./routes.js";

const LOT = 5.5; // side of a lot
const SIGNS_FROM = 0.55; // zoom from which states carry a sign beside their colour

export class Painter {
  /** @param {import("./layout.js").Layout} layout @param {import("./moment.js").Moment} moment */
  constructor(layout, moment) {
    this.layout = layout;
    this.moment = moment;
    this.trace = layout.trace;
    this.routes = new Routes(layout);
    /** Where each lot of the moment was drawn; NaN: it was not. */
    this.x = new Float32Array(1024);
    this.y = new Float32Array(1024);
    this.spot = new Float32Array(2);
    this.waiting = new Uint32Array(this.trace.places.length);
    this.signs = this.trace.header.states.map((state) => SIGNS[state] ?? null);
    /** Longest queue of each place so far seen, for bars of buffers without limit. */
    this.longest = new Uint32Array(this.trace.places.length).fill(5);
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {number} tick @param {import("./palette.js").Palette} colours
   * @param {number} zoom @param {number} followed a lot, -1: none
   */
  paint(context, tick, colours, zoom, followed) {
    this.place();
    this.paintUnits(context, tick, colours, zoom);
    this.paintQueues(context, colours, zoom);
    this.paintVehicles(context, tick, colours);
    this.paintLots(context, colours);
    if (followed >= 0) this.paintFollowed(context, colours, followed);
  }

  /** Give each lot of the moment its place on the floor. */
  place() {
    const { moment } = this;
    if (this.x.length < moment.lot.length) {
      this.x = new Float32Array(moment.lot.length);
      this.y = new Float32Array(moment.lot.length);
    }
    this.waiting.fill(0);
    for (let n = 0; n < moment.count; n++) this.placeOne(n);
  }

  /** @param {number} n */
  placeOne(n) {
    const { moment, layout, trace } = this;
    const phase = moment.phase[n];
    this.x[n] = NaN;
    if (phase === OUTSIDE) return;
    if (phase === ON_UNIT || phase === HELD) {
      const unit = moment.unit[n];
      const place = trace.unitPlace[unit];
      if (!trace.carries[place]) this.set(n, layout.unitX[unit], layout.unitY[unit]);
      else this.endOfBelt(n, place);
      return;
    }
    const to = layout.boxes[moment.to[n]];
    const from = layout.boxes[moment.from[n]];
    if (phase === QUEUED && to) {
      if (layout.queueSpot(to, this.waiting[moment.to[n]]++, this.spot)) this.set(n, this.spot[0], this.spot[1]);
    } else if ((phase === MOVING || phase === CARRIED) && from && to) {
      const share = moment.share[n];
      const [x, y] = this.routes.has(moment.from[n], moment.to[n])
        ? this.routes.along(moment.from[n], moment.to[n], [from.x, from.y], [to.x, to.y], share)
        : [from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share];
      this.set(n, x, y);
    } else if ((phase === CALLED || phase === BETWEEN) && from) this.set(n, from.x + from.w / 2 + 10, from.y);
  }

  /** A lot that cannot leave its belt. @param {number} n @param {number} place */
  endOfBelt(n, place) {
    const { placeOf, places } = this.trace;
    const [from, to] = (places[place].ends ?? []).map((id) => this.layout.boxes[placeOf.get(id) ?? -1]);
    if (!from || !to) return;
    const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
    const back = Math.min(to.w / 2 + 10 + DOT * this.waiting[place]++, length) / length;
    this.set(n, to.x - (to.x - from.x) * back, to.y - (to.y - from.y) * back);
  }

  /** @param {number} n @param {number} x @param {number} y */
  set(n, x, y) {
    this.x[n] = x;
    this.y[n] = y;
  }

  /** @param {CanvasRenderingContext2D} context @param {number} tick @param {import("./palette.js").Palette} colours @param {number} zoom */
  paintUnits(context, tick, colours, zoom) {
    const { trace, layout } = this;
    const side = CELL - 3;
    const byState = colours.states.map(() => /** @type {number[]} */ ([]));
    for (let unit = 0; unit < trace.units.length; unit++) {
      const place = trace.unitPlace[unit];
      if (!trace.carries[place]) byState[trace.stateAt(unit, tick)].push(unit);
      else if (trace.places[place].ends) this.paintBelt(context, place, colours.states[trace.stateAt(unit, tick)]);
    }
    byState.forEach((units, state) => {
      if (!units.length) return;
      context.fillStyle = colours.states[state];
      context.beginPath();
      for (const unit of units) context.rect(layout.unitX[unit] - side / 2, layout.unitY[unit] - side / 2, side, side);
      context.fill();
      const sign = this.signs[state];
      if (zoom < SIGNS_FROM || !sign) return;
      context.strokeStyle = SIGN_INK;
      context.lineWidth = 1.8;
      context.beginPath();
      for (const unit of units) sign(context, layout.unitX[unit], layout.unitY[unit]);
      context.stroke();
    });
  }

  /** @param {CanvasRenderingContext2D} context @param {number} place @param {string} colour */
  paintBelt(context, place, colour) {
    const { placeOf, places } = this.trace;
    const [from, to] = (places[place].ends ?? []).map((id) => this.layout.boxes[placeOf.get(id) ?? -1]);
    if (!from || !to) return;
    context.strokeStyle = colour;
    context.lineWidth = 3;
    const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
    const [dx, dy] = [((to.y - from.y) / length) * 6, (-(to.x - from.x) / length) * 6];
    const [a, b] = [from.w / 2 / length, 1 - to.w / 2 / length];
    context.beginPath();
    context.moveTo(from.x + (to.x - from.x) * a + dx, from.y + (to.y - from.y) * a + dy);
    context.lineTo(from.x + (to.x - from.x) * b + dx, from.y + (to.y - from.y) * b + dy);
    context.stroke();
  }

  /** A bar that fills, and how many wait. @param {CanvasRenderingContext2D} context @param {import("./palette.js").Palette} colours @param {number} zoom */
  paintQueues(context, colours, zoom) {
    const { queue } = this.moment;
    const { boxes } = this.layout;
    context.font = `11px ${colours.font}`;
    context.textAlign = "right";
    for (let n = 0; n < boxes.length; n++) {
      const box = boxes[n];
      const { capacity } = this.trace.places[n];
      if (!box || capacity === 0) continue;
      this.longest[n] = Math.max(this.longest[n], queue[n]);
      const high = box.h - 4;
      const [x, bottom] = [box.x - box.w / 2 - 9, box.y + high / 2];
      context.fillStyle = colours.off;
      context.fillRect(x, bottom - high, 5, high);
      if (queue[n] || capacity !== null) {
        const share = Math.min(queue[n] / (capacity || this.longest[n]), 1);
        context.fillStyle = capacity !== null && queue[n] >= capacity && queue[n] ? colours.states[BLOCKED(this.trace)] : colours.act;
        context.fillRect(x, bottom - high * share, 5, high * share);
        if (zoom > 0.28) {
          context.fillStyle = colours.ink;
          context.fillText(capacity === null ? String(queue[n]) : `${queue[n]}/${capacity}`, x + 5, box.y - box.h / 2 - 4);
        }
      }
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {number} tick @param {import("./palette.js").Palette} colours */
  paintVehicles(context, tick, colours) {
    const { trace } = this;
    trace.places.forEach((place, n) => {
      if (place.kind !== "fleet") return;
      for (let unit = trace.placeFirst[n]; unit < trace.placeFirst[n + 1]; unit++) {
        const [x, y] = this.vehicleAt(unit, tick);
        if (Number.isNaN(x)) continue;
        context.fillStyle = colours.states[trace.stateAt(unit, tick)];
        context.strokeStyle = colours.ink;
        context.lineWidth = 1.5;
        context.beginPath();
        context.roundRect(x - 8, y - 6, 16, 12, 3);
        context.fill();
        context.stroke();
      }
    });
  }

  /** Where a vehicle is drawn: beside a box it stands at, else on its way. @param {number} unit @param {number} tick */
  vehicleAt(unit, tick) {
    const [from, to, share] = this.moment.vehicle(unit, tick);
    const a = this.stand(unit, from);
    const b = this.stand(unit, to);
    if (from !== to && share > 0 && this.routes.has(from, to)) return this.routes.along(from, to, a, b, share);
    return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share];
  }

  /** @param {number} unit @param {number} place @returns {[number, number]} */
  stand(unit, place) {
    const box = this.layout.boxes[place];
    const fleet = this.trace.unitPlace[unit];
    if (!box) return this.layout.locations.get(this.trace.places[fleet].home ?? "") ?? [NaN, NaN];
    const turn = unit - this.trace.placeFirst[fleet];
    return [box.x - box.w / 2 + 10 + ((turn * 19) % Math.max(box.w - 20, 19)), box.y + box.h / 2 + 12];
  }

  /** One path for all lots of a colour. @param {CanvasRenderingContext2D} context @param {import("./palette.js").Palette} colours */
  paintLots(context, colours) {
    const { moment, x, y } = this;
    const { lotProduct } = this.trace;
    const kinds = colours.lots.length;
    context.strokeStyle = colours.ink;
    context.lineWidth = 0.8;
    for (let kind = 0; kind < Math.min(kinds, this.trace.header.products.length); kind++) {
      context.fillStyle = colours.lots[kind];
      context.beginPath();
      for (let n = 0; n < moment.count; n++) {
        if (lotProduct[moment.lot[n]] % kinds === kind && x[n] === x[n]) context.rect(x[n] - LOT / 2, y[n] - LOT / 2, LOT, LOT);
      }
      context.fill();
      if (moment.count <= OUTLINED) context.stroke();
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {import("./palette.js").Palette} colours @param {number} followed */
  paintFollowed(context, colours, followed) {
    const at = this.whereIs(followed);
    if (!at) return;
    context.strokeStyle = colours.act;
    context.lineWidth = 3;
    context.beginPath();
    context.arc(at[0], at[1], 13, 0, 2 * Math.PI);
    context.stroke();
  }

  /** Where a lot was drawn. @param {number} lot @returns {[number, number] | null} */
  whereIs(lot) {
    for (let n = 0; n < this.moment.count; n++) {
      if (this.moment.lot[n] === lot) return this.x[n] === this.x[n] ? [this.x[n], this.y[n]] : null;
    }
    return null;
  }

  /** Lot nearest to a point, as its place in the moment; -1: none is near. @param {number} x @param {number} y @param {number} reach */
  lotAt(x, y, reach) {
    let best = -1;
    let least = reach * reach;
    for (let n = 0; n < this.moment.count; n++) {
      const far = (this.x[n] - x) ** 2 + (this.y[n] - y) ** 2;
      if (far < least) [best, least] = [n, far];
    }
    return best;
  }

  /** Vehicle at a point, -1: none. @param {number} x @param {number} y @param {number} tick */
  vehicleNear(x, y, tick) {
    for (let unit = 0; unit < this.trace.units.length; unit++) {
      if (this.trace.places[this.trace.unitPlace[unit]].kind !== "fleet") continue;
      const at = this.vehicleAt(unit, tick);
      if (Math.abs(at[0] - x) <= 8 && Math.abs(at[1] - y) <= 6) return unit;
    }
    return -1;
  }
}

const OUTLINED = 1500; // lots; with more of them outlines cost more time than they help
const SIGN_INK = "#10161c";
const BLOCKED = (/** @type {import("./trace.js").Trace} */ trace) => trace.header.states.indexOf("blocked");

/**
 * Signs of states, so that colour is never the only one.
 *
 * @type {Record<string, (context: CanvasRenderingContext2D, x: number, y: number) => void>}
 */
const SIGNS = {
  down: (c, x, y) => (line(c, x - 5, y - 5, x + 5, y + 5), line(c, x - 5, y + 5, x + 5, y - 5)),
  maintenance: (c, x, y) => (line(c, x - 5, y, x + 5, y), line(c, x, y - 5, x, y + 5)),
  blocked: (c, x, y) => line(c, x + 6, y - 6, x + 6, y + 6),
  setup: (c, x, y) => line(c, x - 6, y + 6, x + 6, y - 6),
};

/** @param {CanvasRenderingContext2D} c @param {number} a @param {number} b @param {number} x @param {number} y */
function line(c, a, b, x, y) {
  c.moveTo(a, b);
  c.lineTo(x, y);
}
