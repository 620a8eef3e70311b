/** The six algorithms said again, as plainly as they can be, for tests to compare with. Time is the caller's. */

import type { RateLimit } from '../../src/resilience/rate-limiter/index.js';

export interface Oracle {
  /** Whether so many units could be taken at a moment. */
  allows(cost: number, ms: number): boolean;
  /** Units there are, with a fraction. */
  remaining(ms: number): number;
  take(units: number, ms: number): void;
  giveBack(units: number, ms: number): void;
}

/** What may be wrong by rounding. */
const HAIR = 1e-5;

export function oracleOf(limit: RateLimit): Oracle {
  switch (limit.algorithm) {
    case 'token-bucket':
      return tokens(limit.capacity, limit.refill / (limit.intervalMs ?? 1000));
    case 'leaky-bucket':
      if (limit.as === 'queue') return queue(limit.capacity, limit.leak / (limit.intervalMs ?? 1000));
      return tokens(limit.capacity, limit.leak / (limit.intervalMs ?? 1000));
    case 'gcra':
      return tokens(limit.burst ?? limit.limit, limit.limit / limit.periodMs);
    case 'fixed-window':
      return fixedWindow(limit.limit, limit.windowMs);
    case 'sliding-window-log':
      return log(limit.limit, limit.windowMs);
    case 'sliding-window-counter':
      return counter(limit.limit, limit.windowMs);
  }
}

function tokens(capacity: number, rate: number): Oracle {
  let there = capacity;
  let atMs = 0;
  const refill = (ms: number) => {
    there = Math.min(capacity, there + (ms - atMs) * rate);
    atMs = ms;
    return there;
  };
  return {
    allows: (cost, ms) => cost <= Math.min(capacity, there + (ms - atMs) * rate) + HAIR,
    remaining: (ms) => Math.min(capacity, there + (ms - atMs) * rate),
    take: (units, ms) => {
      there = Math.max(0, refill(ms) - units);
    },
    giveBack: (units, ms) => {
      there = Math.min(capacity, refill(ms) + units);
    },
  };
}

function queue(capacity: number, rate: number): Oracle {
  let drainedMs = Number.NEGATIVE_INFINITY;
  const ahead = (ms: number) => Math.max(0, drainedMs - ms) * rate;
  return {
    allows: (cost, ms) => cost === 0 || (cost <= capacity && ahead(ms) < HAIR),
    remaining: (ms) => (ahead(ms) < HAIR ? 1 : 0),
    take: (units, ms) => {
      drainedMs = ms + Math.min(capacity, ahead(ms) + units) / rate;
    },
    giveBack: (units, ms) => {
      drainedMs = ms + Math.max(0, ahead(ms) - units) / rate;
    },
  };
}

function fixedWindow(limit: number, windowMs: number): Oracle {
  let beganMs = 0;
  let used = 0;
  const usedAt = (ms: number) => (ms - beganMs >= windowMs ? 0 : used);
  const set = (units: number, ms: number) => {
    if (usedAt(ms) === 0) beganMs = ms;
    used = units;
  };
  return {
    allows: (cost, ms) => usedAt(ms) + cost <= limit,
    remaining: (ms) => limit - usedAt(ms),
    take: (units, ms) => set(Math.min(limit, usedAt(ms) + units), ms),
    giveBack: (units, ms) => set(Math.max(0, usedAt(ms) - units), ms),
  };
}

function log(limit: number, windowMs: number): Oracle {
  let moments: number[] = [];
  const seen = (ms: number) => moments.filter((moment) => moment > ms - windowMs);
  return {
    allows: (cost, ms) => seen(ms).length + cost <= limit,
    remaining: (ms) => limit - seen(ms).length,
    take: (units, ms) => {
      moments = seen(ms);
      for (let i = 0; i < units && moments.length < limit; i++) moments.push(ms);
    },
    giveBack: (units, ms) => {
      moments = seen(ms).slice(0, Math.max(0, seen(ms).length - units));
    },
  };
}

function counter(limit: number, windowMs: number): Oracle {
  let beganMs = 0;
  let before = 0;
  let current = 0;
  const at = (ms: number) => {
    let [b, c, began] = [before, current, beganMs];
    for (let i = 0; i < 2 && ms - began >= windowMs; i++) [b, c, began] = [c, 0, began + windowMs];
    if (ms - began >= windowMs) b = 0;
    if (b === 0 && c === 0) began = ms;
    return { b, c, began, seen: b * (1 - (ms - began) / windowMs) };
  };
  const set = (b: number, c: number, began: number) => {
    before = b;
    current = c;
    beganMs = began;
  };
  return {
    allows: (cost, ms) => at(ms).seen + at(ms).c + cost <= limit + HAIR,
    remaining: (ms) => limit - at(ms).seen - at(ms).c,
    take: (units, ms) => {
      const { b, c, began, seen } = at(ms);
      // What was let through was there; a penalty takes no more than there is.
      set(b, c + Math.min(units, Math.max(0, Math.floor(limit - seen - c + HAIR))), began);
    },
    giveBack: (units, ms) => {
      const { b, c, began } = at(ms);
      set(Math.max(0, b - Math.max(0, units - c)), Math.max(0, c - units), began);
    },
  };
}
