// Kernel `sketches/t-digest`: quantiles of a stream, most exact at its ends. The merging t-digest of T. Dunning and O. Ertl,
// "Computing extremely accurate quantiles using t-digests" (2019).
//
// Root:
//
//   offset  size  meaning
//        0     8  compression δ, f64, 1 to 65 536
//        8     4  scale function: 1 k₁ (arcsine), 2 k₂ (logarithm)
//       12     4  nodes there is room for
//       16     4  centroids
//       20     4  values behind them that are not merged yet
//       24     8  weight of all, f64, an integer
//       32     8  least value, f64; +∞ when there is none
//       40     8  greatest value, f64; −∞ when there is none
//       48     8  merges so far, f64
//       56     8  cos 2π/δ, f64; −1 where 2π/δ is at least π
//       64     8  sin 2π/δ, f64
//       72        nodes of 16 bytes: mean f64, weight f64. Centroids in order, then values as they came.
//                 Behind them as many nodes of room in which they are sorted.
//
// A value waits until the room is full or a question is asked. Then all are sorted and neighbours united, as far as the
// scale function lets a centroid at their place grow. The first and the last are never united with another: their means are
// the least and the greatest value, so that the ends are exact. The number of centroids is at most 2δ and a few.
//
// Sine, logarithm and exponential are computed here from the four operations and roots, which are the same everywhere.

import { alloc, free } from '../../memory/arena/allocator';

const COMPRESSION: usize = 0;
const SCALE: usize = 8;
const ROOM: usize = 12;
const CENTROIDS: usize = 16;
const WAITING: usize = 20;
const TOTAL: usize = 24;
const LEAST: usize = 32;
const GREATEST: usize = 40;
const MERGES: usize = 48;
const COSINE: usize = 56;
const SINE: usize = 64;
const NODES: usize = 72;

const PI: f64 = 3.141592653589793;
const LN2: f64 = 0.6931471805599453;
const MOST_TOTAL: f64 = 9007199254740991;
/** Nodes that are sorted by insertion before runs of them are merged. */
const RUN: u32 = 8;

/** Address of an empty digest, 0 when the arena is full. */
export function create(compression: f64, scale: u32): usize {
  const delta = <u32>Math.ceil(compression);
  const room = 2 * delta + 16 + max<u32>(4 * delta, 64);
  const root = alloc(<u32>NODES + room * 32);
  if (!root) return 0;
  memory.fill(root, 0, NODES);
  store<f64>(root, compression, COMPRESSION);
  store<u32>(root, scale, SCALE);
  store<u32>(root, room, ROOM);
  const step = (2 * PI) / compression;
  store<f64>(root, step < PI ? cosine(step) : -1, COSINE);
  store<f64>(root, step < PI ? sine(step) : 0, SINE);
  clear(root);
  return root;
}

export function destroy(root: usize): void {
  free(root);
}

export function clear(root: usize): void {
  store<u32>(root, 0, CENTROIDS);
  store<u32>(root, 0, WAITING);
  store<f64>(root, 0, TOTAL);
  store<f64>(root, Infinity, LEAST);
  store<f64>(root, -Infinity, GREATEST);
  store<f64>(root, 0, MERGES);
}

/** Adds a finite value with a weight that is a positive integer; the total must not pass 2^53 − 1, which is for the caller to see. */
export function add(root: usize, value: f64, weight: f64): void {
  if (load<u32>(root, CENTROIDS) + load<u32>(root, WAITING) == load<u32>(root, ROOM)) flush(root);
  const waiting = load<u32>(root, WAITING);
  const node = root + NODES + (<usize>(load<u32>(root, CENTROIDS) + waiting) << 4);
  store<f64>(node, value);
  store<f64>(node, weight, 8);
  store<u32>(root, waiting + 1, WAITING);
  store<f64>(root, load<f64>(root, TOTAL) + weight, TOTAL);
  store<f64>(root, min(load<f64>(root, LEAST), value), LEAST);
  store<f64>(root, max(load<f64>(root, GREATEST), value), GREATEST);
}

/** Adds values with the weights at `weights`, or once each where that is 0. */
export function addMany(root: usize, values: usize, count: u32, weights: usize): void {
  for (let at: usize = 0, end = <usize>count << 3; at < end; at += 8) add(root, load<f64>(values + at), weights ? load<f64>(weights + at) : 1);
}

/** Adds the centroids of another digest. */
export function merge(root: usize, other: usize): void {
  flush(other);
  for (let node = other + NODES, end = node + (<usize>load<u32>(other, CENTROIDS) << 4); node < end; node += 16) add(root, load<f64>(node), load<f64>(node, 8));
  flush(root);
}

/** Unites what waits with the centroids. */
export function flush(root: usize): void {
  const waiting = load<u32>(root, WAITING);
  if (!waiting) return;
  const centroids = load<u32>(root, CENTROIDS);
  const nodes = root + NODES;
  const room = nodes + (<usize>load<u32>(root, ROOM) << 4);
  const fresh = nodes + (<usize>centroids << 4);
  sort(fresh, waiting, room);
  if (centroids) {
    const count = centroids + waiting;
    mergeRuns(nodes, fresh, nodes + (<usize>count << 4), room);
    memory.copy(nodes, room, <usize>count << 4);
  }
  store<u32>(root, unite(root, nodes, centroids + waiting), CENTROIDS);
  store<u32>(root, 0, WAITING);
  store<f64>(root, load<f64>(root, MERGES) + 1, MERGES);
}

/** Sorts nodes by their means, equal ones as they came. */
function sort(nodes: usize, count: u32, room: usize): void {
  const end = nodes + (<usize>count << 4);
  for (let from = nodes; from < end; from += RUN << 4) insertionSort(from, min(from + (RUN << 4), end));
  const bytes = <usize>count << 4;
  let from = nodes;
  let to = room;
  for (let run: usize = RUN << 4; run < bytes; run <<= 1) {
    for (let at: usize = 0; at < bytes; at += run << 1) {
      const middle = from + min(at + run, bytes);
      mergeRuns(from + at, middle, from + min(at + (run << 1), bytes), to + at);
    }
    const held = from;
    from = to;
    to = held;
  }
  if (from != nodes) memory.copy(nodes, from, bytes);
}

function insertionSort(from: usize, end: usize): void {
  for (let at = from + 16; at < end; at += 16) {
    const node = v128.load(at);
    const mean = load<f64>(at);
    let hole = at;
    while (hole > from && load<f64>(hole - 16) > mean) {
      v128.store(hole, v128.load(hole - 16));
      hole -= 16;
    }
    v128.store(hole, node);
  }
}

/** Merges the runs [left, middle) and [middle, end) into `to`. */
function mergeRuns(left: usize, middle: usize, end: usize, to: usize): void {
  let right = middle;
  while (left < middle && right < end) {
    const first = load<f64>(left) <= load<f64>(right);
    v128.store(to, v128.load(select<usize>(left, right, first)));
    left += select<usize>(16, 0, first);
    right += select<usize>(0, 16, first);
    to += 16;
  }
  if (left < middle) memory.copy(to, left, middle - left);
  else memory.copy(to, right, end - right);
}

/** Unites neighbours among sorted nodes, in place; returns how many are left. */
function unite(root: usize, nodes: usize, count: u32): u32 {
  const total = load<f64>(root, TOTAL);
  const growth = load<u32>(root, SCALE) == 2 ? growthOf(load<f64>(root, COMPRESSION), total) : 0;
  const last = nodes + (<usize>(count - 1) << 4);
  let to = nodes;
  let mean = load<f64>(nodes);
  let weight = load<f64>(nodes, 8);
  let before: f64 = 0;
  // Nothing is united with the first node, and nothing with the last.
  let limit: f64 = 0;
  for (let at = nodes + 16; at <= last; at += 16) {
    const next = load<f64>(at);
    const more = load<f64>(at, 8);
    if (before + weight + more <= limit && at != last) {
      weight += more;
      mean = between(mean, next, more / weight);
    } else {
      store<f64>(to, mean);
      store<f64>(to, weight, 8);
      to += 16;
      before += weight;
      limit = total * limitAfter(root, before / total, growth);
      mean = next;
      weight = more;
    }
  }
  store<f64>(to, mean);
  store<f64>(to, weight, 8);
  return <u32>((to - nodes) >> 4) + 1;
}

/** The point at a share of the way from `a` to `b`, neither of which it passes. */
// @ts-ignore: decorator
@inline
function between(a: f64, b: f64, share: f64): f64 {
  const way = b - a;
  // The way between two values can be infinite, when neither of them is.
  const point = way < Infinity ? a + way * share : a * (1 - share) + b * share;
  return min(max(point, a), b);
}

/** The quantile at which a centroid that begins at quantile q has to end. */
function limitAfter(root: usize, q: f64, growth: f64): f64 {
  if (load<u32>(root, SCALE) == 2) {
    const odds = q * growth;
    return odds / (1 - q + odds);
  }
  // k₁ is the arcsine of 2q − 1: one step on is the sine of a sum of angles.
  const s = 2 * q - 1;
  const cos = load<f64>(root, COSINE);
  if (s >= cos) return 1;
  return (1 + s * cos + sqrt<f64>(max<f64>(1 - s * s, 0)) * load<f64>(root, SINE)) / 2;
}

/** What a step of k₂ multiplies the odds by: e to the power of (4 ln(n/δ) + 24) / δ. */
function growthOf(compression: f64, total: f64): f64 {
  return exponential((4 * logarithm(max<f64>(total / compression, 1)) + 24) / compression);
}

/** The value at an index, 0 to the total: that of the first whose weight, with all before it, is above the index. NaN when empty. */
export function valueAt(root: usize, index: f64): f64 {
  flush(root);
  const count = load<u32>(root, CENTROIDS);
  if (!count) return NaN;
  let node = root + NODES;
  let before = load<f64>(node, 8) / 2;
  if (index < before) return load<f64>(node);
  for (const last = node + (<usize>(count - 1) << 4); node < last; node += 16) {
    const weight = load<f64>(node, 8);
    const more = load<f64>(node, 24);
    const step = (weight + more) / 2;
    if (before + step > index) {
      let left = index - before;
      let right = before + step - index;
      // A node of weight 1 is a value that was there, and is the answer for all of its own.
      if (weight == 1) {
        if (left < 0.5) return load<f64>(node);
        left -= 0.5;
      }
      if (more == 1) {
        if (right <= 0.5) return load<f64>(node, 16);
        right -= 0.5;
      }
      return between(load<f64>(node), load<f64>(node, 16), left / (left + right));
    }
    before += step;
  }
  return load<f64>(node);
}

/** The weight below a value, with half of what is equal to it. */
export function weightBelow(root: usize, value: f64): f64 {
  flush(root);
  const total = load<f64>(root, TOTAL);
  if (value < load<f64>(root, LEAST)) return 0;
  if (value > load<f64>(root, GREATEST)) return total;
  let before: f64 = 0;
  let node = root + NODES;
  const end = node + (<usize>load<u32>(root, CENTROIDS) << 4);
  // The last node has the greatest value: one that is not below it is always met.
  while (load<f64>(node) < value) {
    before += load<f64>(node, 8);
    node += 16;
  }
  const mean = load<f64>(node);
  const weight = load<f64>(node, 8);
  if (mean == value) {
    let equal: f64 = 0;
    for (; node < end && load<f64>(node) == value; node += 16) equal += load<f64>(node, 8);
    return before + equal / 2;
  }
  const left = load<f64>(node - 16);
  const leftWeight = load<f64>(node - 16, 8);
  // Half a weight lies on each side of a mean; a node of weight 1 has all of it there.
  const own = leftWeight == 1 ? 0 : leftWeight / 2;
  const next = weight == 1 ? 0 : weight / 2;
  const way = mean - left;
  const share = way < Infinity ? (value - left) / way : (value / 2 - left / 2) / (mean / 2 - left / 2);
  return before - own + (own + next) * share;
}

/** The mean of what lies between two weights from the least value on; NaN when nothing does. */
export function meanBetween(root: usize, low: f64, high: f64): f64 {
  flush(root);
  let sum: f64 = 0;
  let taken: f64 = 0;
  let before: f64 = 0;
  for (let node = root + NODES, end = node + (<usize>load<u32>(root, CENTROIDS) << 4); node < end; node += 16) {
    const weight = load<f64>(node, 8);
    const share = min(before + weight, high) - max(before, low);
    if (share > 0) {
      taken += share;
      // The mean so far moves by its share: a sum of great values could be infinite.
      sum = taken == share ? load<f64>(node) : between(sum, load<f64>(node), share / taken);
    }
    before += weight;
  }
  return taken > 0 ? sum : NaN;
}

/** Address of the nodes. */
export function nodes(root: usize): usize {
  return root + NODES;
}

/** Sine, for 0 to π, by its series. */
function sine(x: f64): f64 {
  let term = x;
  let sum = x;
  for (let i: f64 = 2; i < 40; i += 2) {
    term *= -(x * x) / (i * (i + 1));
    sum += term;
  }
  return sum;
}

function cosine(x: f64): f64 {
  let term: f64 = 1;
  let sum: f64 = 1;
  for (let i: f64 = 1; i < 40; i += 2) {
    term *= -(x * x) / (i * (i + 1));
    sum += term;
  }
  return sum;
}

/** e^x for x from 0 to 700. */
function exponential(x: f64): f64 {
  const halvings = Math.floor(x / LN2);
  const rest = x - halvings * LN2;
  let term: f64 = 1;
  let sum: f64 = 1;
  for (let i: f64 = 1; i < 20; i++) {
    term *= rest / i;
    sum += term;
  }
  return sum * reinterpret<f64>((<u64>halvings + 1023) << 52);
}

/** ln x for x from 1, by the series of the inverse hyperbolic tangent. */
function logarithm(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  const power = <f64>(<i64>(bits >> 52) - 1023);
  const fraction = reinterpret<f64>((bits & 0x000f_ffff_ffff_ffff) | ((<u64>1023) << 52));
  const t = (fraction - 1) / (fraction + 1);
  let term = t;
  let sum = t;
  for (let i: f64 = 3; i < 60; i += 2) {
    term *= t * t;
    sum += term / i;
  }
  return 2 * sum + power * LN2;
}

/** 0, or which invariant is broken. */
export function check(root: usize): i32 {
  const count = load<u32>(root, CENTROIDS);
  const waiting = load<u32>(root, WAITING);
  const least = load<f64>(root, LEAST);
  const greatest = load<f64>(root, GREATEST);
  if (count + waiting > load<u32>(root, ROOM)) return 1;
  if (count > 2 * <u32>Math.ceil(load<f64>(root, COMPRESSION)) + 16) return 2;
  if (!(count + waiting)) return load<f64>(root, TOTAL) == 0 && least == Infinity && greatest == -Infinity ? 0 : 3;
  let sum: f64 = 0;
  let low: f64 = Infinity;
  let high: f64 = -Infinity;
  for (let i: u32 = 0; i < count + waiting; i++) {
    const node = root + NODES + (<usize>i << 4);
    const mean = load<f64>(node);
    const weight = load<f64>(node, 8);
    if (!(weight >= 1 && weight <= MOST_TOTAL && Math.floor(weight) == weight)) return 4;
    if (!(mean > -Infinity && mean < Infinity)) return 5;
    if (i && i < count && load<f64>(node - 16) > mean) return 6;
    sum += weight;
    low = min(low, mean);
    high = max(high, mean);
  }
  if (sum != load<f64>(root, TOTAL) || sum > MOST_TOTAL) return 7;
  return low == least && high == greatest ? 0 : 8;
}
