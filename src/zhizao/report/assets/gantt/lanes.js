// @ts-check
/**
 * Where operations lie: rows of a group, lanes within a row, and what a window of time shows of a lane.
 *
 * Operations of one lane do not overlap, so starts and ends both rise and a binary search finds any of them.
 *
 * @typedef {{start: number[], end: number[], batch?: number[], [field: string]: any}} Columns
 * @typedef {{group: number, lane: number, lanes: number}} Row `lane` is its first one
 * @typedef {{rows: Row[], first: Int32Array, op: Int32Array, start: Float64Array, end: Float64Array,
 *   others: Map<number, number[]>, leftOut: number}} Lanes
 *   lane `k` holds the places `first[k]` to `first[k + 1] - 1` of `op`, `start` and `end`; `others` are the
 *   operations that one drawn operation stands for (a batch)
 */

const SAME_S = 1e-3; // ends and starts this close do not overlap: sums of rounded times

/**
 * @param {Columns} data
 * @param {ArrayLike<number>} groups row of each operation; below 0: it has none, and is left out
 * @param {{batches?: boolean, byStart?: boolean}} [options] lots of a batch as one bar; rows in order of their start
 * @returns {Lanes}
 */
export function arrange(data, groups, { batches = false, byStart = false } = {}) {
  const order = Array.from(data.start, (_, op) => op).filter((op) => groups[op] >= 0);
  order.sort((a, b) => data.start[a] - data.start[b] || data.end[a] - data.end[b] || a - b);
  const { drawn, others } = together(data, order, batches);
  /** @type {Map<number, number[][]>} */
  const found = new Map();
  for (const op of drawn) {
    const lanes = found.get(groups[op]) ?? [];
    if (!lanes.length) found.set(groups[op], lanes);
    const free = lanes.find((lane) => data.end[lane[lane.length - 1]] <= data.start[op] + SAME_S);
    if (free) free.push(op);
    else lanes.push([op]);
  }
  const keys = [...found.keys()];
  if (!byStart) keys.sort((a, b) => a - b);
  return { ...flat(data, keys, found), others, leftOut: data.start.length - order.length };
}

/** @param {Columns} data @param {number[]} order @param {boolean} batches */
function together(data, order, batches) {
  /** @type {Map<number, number[]>} */
  const others = new Map();
  const batch = data.batch;
  if (!batches || !batch) return { drawn: order, others };
  /** @type {Map<number, number>} */
  const heads = new Map();
  const drawn = order.filter((op) => {
    const head = batch[op] < 0 ? undefined : heads.get(batch[op]);
    if (head === undefined) {
      if (batch[op] >= 0) heads.set(batch[op], op);
      return true;
    }
    others.set(head, [...(others.get(head) ?? []), op]);
    return false;
  });
  return { drawn, others };
}

/** @param {Columns} data @param {number[]} keys @param {Map<number, number[][]>} found */
function flat(data, keys, found) {
  /** @type {Row[]} */
  const rows = [];
  /** @type {number[][]} */
  const lanes = [];
  for (const group of keys) {
    const own = found.get(group) ?? [];
    rows.push({ group, lane: lanes.length, lanes: own.length });
    lanes.push(...own);
  }
  const first = new Int32Array(lanes.length + 1);
  lanes.forEach((lane, k) => (first[k + 1] = first[k] + lane.length));
  const op = Int32Array.from(lanes.flat());
  const start = Float64Array.from(op, (one) => data.start[one]);
  const end = Float64Array.from(op, (one) => data.end[one]);
  return { rows, first, op, start, end };
}

/**
 * The first place from `low` to `high` whose value is above a limit; `high` if there is none.
 *
 * @param {Float64Array} values rising from `low` to `high`
 * @param {number} limit
 * @param {number} low
 * @param {number} high
 */
export function above(values, limit, low, high) {
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The places of a lane that a window shows: from the first to before the second.
 *
 * @param {Lanes} lanes
 * @param {number} lane
 * @param {number} from_s
 * @param {number} to_s
 * @returns {[number, number]}
 */
export function visible(lanes, lane, from_s, to_s) {
  const [low, high] = [lanes.first[lane], lanes.first[lane + 1]];
  const begin = above(lanes.end, from_s, low, high);
  let stop = above(lanes.start, to_s, begin, high);
  while (stop > begin && lanes.start[stop - 1] >= to_s) stop--;
  return [begin, stop];
}

/**
 * The operation of a lane at a time, or the nearest one within a tolerance; -1: none.
 *
 * @param {Lanes} lanes
 * @param {number} lane
 * @param {number} time_s
 * @param {number} within_s
 */
export function operationAt(lanes, lane, time_s, within_s) {
  const [low, high] = [lanes.first[lane], lanes.first[lane + 1]];
  const next = above(lanes.end, time_s, low, high);
  let best = -1;
  let nearest = within_s;
  for (const place of [next, next - 1]) {
    if (place < low || place >= high) continue;
    const away = Math.max(lanes.start[place] - time_s, time_s - lanes.end[place], 0);
    if (away < nearest || (away === nearest && best < 0)) [best, nearest] = [place, away];
  }
  return best < 0 ? -1 : lanes.op[best];
}
