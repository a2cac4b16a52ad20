// @ts-check
/** Floors on which vehicles meet: zones, the darker the busier, and ways along them. */

/**
 * @typedef {{id: string, zone: number, at: [number, number][], busy: number[] | null}} Floor
 * @typedef {{from: string, to: string, at: [number, number][]}} Route
 */

/** @param {CanvasRenderingContext2D} context @param {import("./layout.js").Layout} layout @param {import("./palette.js").Palette} colours */
export function paintZones(context, layout, colours) {
  for (const floor of layout.trace.header.floors) {
    const side = floor.zone * layout.scale * 0.92;
    const most = Math.max(...(floor.busy ?? []), 1e-9);
    floor.at.forEach(([x, y], n) => {
      context.globalAlpha = floor.busy ? 0.1 + (0.75 * floor.busy[n]) / most : 0.15;
      context.fillStyle = colours.states[BUSY(layout.trace)];
      context.fillRect(x * layout.scale - side / 2, y * layout.scale - side / 2, side, side);
    });
    context.globalAlpha = 1;
  }
}

const BUSY = (/** @type {import("./trace.js").Trace} */ trace) => trace.header.states.indexOf("blocked");

/** Ways by the numbers of the places at their ends. */
export class Routes {
  /** @param {import("./layout.js").Layout} layout */
  constructor(layout) {
    this.layout = layout;
    const { placeOf, header } = layout.trace;
    /** @type {Map<string, Route>} */
    this.known = new Map(header.routes.map((one) => [`${placeOf.get(one.from)} ${placeOf.get(one.to)}`, one]));
  }

  /** Whether vehicles drive from place to place on a floor. @param {number} from @param {number} to */
  has(from, to) {
    return this.known.has(`${from} ${to}`);
  }

  /**
   * Where a share of the way is done: from a point to the way, along it, and from it to another point.
   *
   * @param {number} from @param {number} to @param {[number, number]} start @param {[number, number]} end @param {number} share
   * @returns {[number, number]}
   */
  along(from, to, start, end, share) {
    const route = this.known.get(`${from} ${to}`);
    const scale = this.layout.scale;
    const way = (route?.at ?? []).map(([x, y]) => /** @type {[number, number]} */ ([x * scale, y * scale]));
    const points = way.length > 1 ? way : [start, ...way, end];
    const lengths = points.slice(1).map((p, n) => Math.hypot(p[0] - points[n][0], p[1] - points[n][1]));
    let left = share * lengths.reduce((sum, one) => sum + one, 0);
    for (let n = 0; n < lengths.length; n++) {
      if (left <= lengths[n] || n === lengths.length - 1) {
        const part = lengths[n] > 0 ? Math.min(left / lengths[n], 1) : 1;
        return [points[n][0] + (points[n + 1][0] - points[n][0]) * part, points[n][1] + (points[n + 1][1] - points[n][1]) * part];
      }
      left -= lengths[n];
    }
    return end;
  }
}
