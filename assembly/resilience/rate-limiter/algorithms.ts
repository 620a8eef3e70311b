// The six algorithms over one state each. What one writes it writes in an order that, were the thread to die in between,
// leaves a key with fewer units than it had, never with more.
//
// Units are let through up to a millionth too early, so that a caller who waits as long as it was told, in doubles, is let
// through then.

import {
  ALGORITHM, FIXED_WINDOW, GCRA, LEAKY_QUEUE, LIMIT, PERIOD, RATE, REMAINING, RESET, RETRY_AFTER, SLIDING_COUNTER, SLIDING_LOG,
  STATE_HEAD,
} from './layout';

export const PEEK: u32 = 0;
export const CONSUME: u32 = 1;
export const PENALTY: u32 = 2;
export const REWARD: u32 = 3;

/** Units. */
const HAIR: f64 = 1e-6;

/**
 * Does `op` with `cost` units to a state at `time`, and writes the answer; true when they are, or would be, let through.
 * After a penalty or a reward that is about one unit.
 */
export function apply(root: usize, state: usize, op: u32, cost: f64, time: f64, answer: usize): bool {
  const algorithm = load<u32>(root, ALGORITHM);
  if (algorithm <= LEAKY_QUEUE) return bucket(root, state, op, cost, time, answer);
  if (algorithm == GCRA) return gcra(root, state, op, cost, time, answer);
  if (algorithm == FIXED_WINDOW) return fixedWindow(root, state, op, cost, time, answer);
  if (algorithm == SLIDING_COUNTER) return slidingCounter(root, state, op, cost, time, answer);
  return slidingLog(root, state, op, cost, time, answer);
}

/** When a state that is not blocked is as if nobody had asked for the key. */
export function untouchedAt(root: usize, state: usize): f64 {
  const algorithm = load<u32>(root, ALGORITHM);
  const period = load<f64>(root, PERIOD);
  const moment = load<f64>(state);
  if (algorithm <= LEAKY_QUEUE) return moment + load<f64>(state, 8) * period;
  if (algorithm == GCRA) return moment;
  if (algorithm == FIXED_WINDOW) return load<f64>(state, 8) > 0 ? moment + period : 0;
  if (algorithm == SLIDING_COUNTER) {
    if (load<u32>(state, 12)) return moment + 2 * period;
    return load<u32>(state, 8) ? moment + period : 0;
  }
  const count = load<u32>(state, 4);
  return count ? load<f64>(momentAt(root, state, load<u32>(state) + count - 1)) + period : 0;
}

/** Writes the answer. `retryAfter` and `reset` may be fractions, or below 0. */
// @ts-ignore: decorator
@inline
export function give(answer: usize, remaining: f64, retryAfter: f64, reset: f64): void {
  store<f64>(answer, max(0, floor(remaining + HAIR)), REMAINING);
  store<f64>(answer, max(0, ceil(retryAfter - HAIR)), RETRY_AFTER);
  store<f64>(answer, max(0, ceil(reset - HAIR)), RESET);
}

// ── Token bucket; leaky bucket as a meter, which is its mirror image, and as a queue ────────────────

function bucket(root: usize, state: usize, op: u32, cost: f64, time: f64, answer: usize): bool {
  const limit = load<f64>(root, LIMIT);
  const rate = load<f64>(root, RATE);
  let used = max(0, load<f64>(state, 8) - (time - load<f64>(state)) * rate);
  const queue = load<u32>(root, ALGORITHM) == LEAKY_QUEUE;
  // A queue lets the next one out when what left before has drained; a meter lets in what fits.
  const room = queue ? HAIR : limit + HAIR;
  if (op >= PENALTY) {
    used = op == PENALTY ? min(limit, used + cost) : max(0, used - cost);
    cost = 1;
  }
  const needed = queue ? used : used + cost;
  const allowed = cost <= limit && (needed <= room || cost == 0);
  if (op == CONSUME && allowed) used += cost;
  if (op >= PENALTY || (op == CONSUME && allowed)) {
    store<f64>(state, time);
    store<f64>(state, used, 8);
  }
  const interval = load<f64>(root, PERIOD);
  const over = allowed ? 0 : cost > limit ? Infinity : queue ? used * interval : (used + cost - limit) * interval;
  give(answer, queue ? (used <= HAIR ? 1 : 0) : limit - used, over, used * interval);
  return allowed;
}

// ── GCRA (ITU-T I.371, annex A): virtual scheduling ─────────────────────────────────────────────────

function gcra(root: usize, state: usize, op: u32, cost: f64, time: f64, answer: usize): bool {
  const limit = load<f64>(root, LIMIT);
  const interval = load<f64>(root, PERIOD);
  const tolerance = limit * interval;
  let ahead = max(0, load<f64>(state) - time);
  if (op >= PENALTY) {
    ahead = op == PENALTY ? min(tolerance, ahead + cost * interval) : max(0, ahead - cost * interval);
    cost = 1;
  }
  const next = ahead + cost * interval;
  const allowed = next <= tolerance + HAIR * interval;
  if (op == CONSUME && allowed) ahead = next;
  if (op >= PENALTY || (op == CONSUME && allowed)) store<f64>(state, time + ahead);
  const over = allowed ? 0 : cost > limit ? Infinity : next - tolerance;
  give(answer, (tolerance - ahead) / interval, over, ahead);
  return allowed;
}

// ── Fixed window: begins with a key's first unit ────────────────────────────────────────────────────

function fixedWindow(root: usize, state: usize, op: u32, cost: f64, time: f64, answer: usize): bool {
  const limit = load<f64>(root, LIMIT);
  const period = load<f64>(root, PERIOD);
  let began = load<f64>(state);
  let used = load<f64>(state, 8);
  if (used == 0 || time - began >= period) {
    began = time;
    used = 0;
  }
  if (op >= PENALTY) {
    used = op == PENALTY ? min(limit, used + cost) : max(0, used - cost);
    cost = 1;
  }
  const allowed = used + cost <= limit;
  if (op == CONSUME && allowed) used += cost;
  if (op >= PENALTY || (op == CONSUME && allowed)) {
    store<f64>(state, began);
    store<f64>(state, used, 8);
  }
  const rest = used > 0 ? began + period - time : 0;
  give(answer, limit - used, allowed ? 0 : cost > limit ? Infinity : rest, rest);
  return allowed;
}

// ── Sliding window counter: the window before counts by the part of it that is still in sight ────────

function slidingCounter(root: usize, state: usize, op: u32, cost: f64, time: f64, answer: usize): bool {
  const limit = load<f64>(root, LIMIT);
  const period = load<f64>(root, PERIOD);
  let began = load<f64>(state);
  let before: f64 = load<u32>(state, 8);
  let current: f64 = load<u32>(state, 12);
  if (time - began >= period) {
    before = time - began < 2 * period ? current : 0;
    current = 0;
    began += period;
  }
  if (before == 0 && current == 0) began = time;
  const passed = time - began;
  if (op >= PENALTY) {
    const seen = before * (1 - passed / period);
    if (op == PENALTY) current = min(max(current, floor(limit - seen)), current + cost);
    else {
      before = max(0, before - max(0, cost - current));
      current = max(0, current - cost);
    }
    cost = 1;
  }
  const seen = before * (1 - passed / period);
  const allowed = seen + current + cost <= limit + HAIR;
  if (op == CONSUME && allowed) current += cost;
  if (op >= PENALTY || (op == CONSUME && allowed)) {
    store<f64>(state, began);
    store<u32>(state, <u32>before, 8);
    store<u32>(state, <u32>current, 12);
  }
  let over: f64 = 0;
  if (!allowed) {
    const room = limit - cost - current;
    if (cost > limit) over = Infinity;
    else if (room >= 0) over = period * (1 - room / before) - passed;
    else over = period - passed + max(0, period * (1 - (limit - cost) / current));
  }
  give(answer, limit - seen - current, over, current > 0 ? 2 * period - passed : before > 0 ? period - passed : 0);
  return allowed;
}

// ── Sliding window log: a ring of the moments at which each unit was taken ──────────────────────────

/** Address of the moment at a position, counted from the beginning of the ring and beyond its end. */
// @ts-ignore: decorator
@inline
function momentAt(root: usize, state: usize, position: u32): usize {
  const room = <u32>load<f64>(root, LIMIT);
  return state + STATE_HEAD + (<usize>(position >= room ? position - room : position) << 3);
}

function slidingLog(root: usize, state: usize, op: u32, cost: f64, time: f64, answer: usize): bool {
  const limit = load<f64>(root, LIMIT);
  const period = load<f64>(root, PERIOD);
  const room = <u32>limit;
  let first = load<u32>(state);
  let count = load<u32>(state, 4);
  while (count && load<f64>(state + STATE_HEAD + (<usize>first << 3)) <= time - period) {
    if (++first == room) first = 0;
    count--;
  }
  let taken: u32 = 0;
  if (op == PENALTY) taken = <u32>min<f64>(cost, room - count);
  else if (op == REWARD) count -= <u32>min<f64>(cost, count);
  if (op >= PENALTY) cost = 1;
  const allowed = <f64>(count + taken) + cost <= limit;
  if (op == CONSUME && allowed) taken = <u32>cost;
  for (let i: u32 = 0; i < taken; i++) store<f64>(momentAt(root, state, first + count + i), time);
  count += taken;
  if (op != PEEK) store<u64>(state, <u64>first | (<u64>count << 32));
  let over: f64 = 0;
  if (!allowed) {
    if (cost > limit) over = Infinity;
    else over = load<f64>(momentAt(root, state, first + count + <u32>cost - room - 1)) + period - time;
  }
  const last = count ? load<f64>(momentAt(root, state, first + count - 1)) + period - time : 0;
  give(answer, limit - <f64>count, over, last);
  return allowed;
}
