/**
 * The policies again, naively: arrays of keys, searched and spliced, straight from the papers' pseudo-code. Each is a
 * function that is asked for a key and says whether it was a hit. Queues are written newest first.
 */

import { FrequencySketch } from '../../../src/cache/policies/frequency-sketch.js';
import type { PolicyName } from '../../../src/cache/policies/index.js';
import { KeyHasher } from '../../../src/cache/policies/key-hasher.js';
import { seededRandom } from '../../../src/ports/random.js';

export type Oracle = (key: number) => boolean;

export const ORACLES: Readonly<Record<PolicyName, (capacity: number) => Oracle>> = {
  lru,
  lfu: (capacity) => lfu(capacity),
  clock,
  sieve,
  's3-fifo': s3Fifo,
  '2q': twoQueue,
  arc,
  'w-tinylfu': (capacity) => wTinyLfu(capacity),
};

const has = (queue: number[], key: number) => queue.includes(key);

function take(queue: number[], key: number): void {
  const at = queue.indexOf(key);
  if (at < 0) throw new Error(`${key} is not there`);
  queue.splice(at, 1);
}

function pop(queue: number[]): number {
  const key = queue.pop();
  if (key === undefined) throw new Error('The queue is empty');
  return key;
}

function lru(capacity: number): Oracle {
  const queue: number[] = [];
  return (key) => {
    const hit = has(queue, key);
    if (hit) take(queue, key);
    else if (queue.length === capacity) pop(queue);
    queue.unshift(key);
    return hit;
  };
}

/** @param ageAfter see LfuOptions */
export function lfu(capacity: number, ageAfter = Number.POSITIVE_INFINITY): Oracle {
  // Recency stands still while frequencies are halved, but what was more frequent then counts as more recent.
  let entries: { key: number; frequency: number }[] = [];
  let since = 0;
  const sort = () => {
    // Array.sort is stable: the order within a frequency stays.
    entries = entries.slice().sort((a, b) => a.frequency - b.frequency);
  };
  return (key) => {
    const at = entries.findIndex((entry) => entry.key === key);
    const hit = at >= 0;
    if (hit) {
      const [entry] = entries.splice(at, 1) as [{ key: number; frequency: number }];
      entries.push({ key, frequency: entry.frequency + 1 });
    } else {
      if (entries.length === capacity) entries.shift();
      entries.push({ key, frequency: 1 });
    }
    sort();
    if (++since >= ageAfter) {
      since = 0;
      entries = entries.map(({ key, frequency }) => ({ key, frequency: Math.ceil(frequency / 2) }));
    }
    return hit;
  };
}

/** Frames in a circle, as Corbató has them. */
function clock(capacity: number): Oracle {
  const frames: { key: number; used: boolean }[] = [];
  let hand = 0;
  return (key) => {
    const frame = frames.find((each) => each.key === key);
    if (frame !== undefined) {
      frame.used = true;
      return true;
    }
    if (frames.length < capacity) {
      frames.push({ key, used: false });
      return false;
    }
    for (; frames[hand]?.used === true; hand = (hand + 1) % capacity) (frames[hand] as { used: boolean }).used = false;
    frames[hand] = { key, used: false };
    hand = (hand + 1) % capacity;
    return false;
  };
}

/** Algorithm 1 of NSDI '24. */
function sieve(capacity: number): Oracle {
  const queue: { key: number; visited: boolean }[] = [];
  let hand: { key: number; visited: boolean } | undefined;
  return (key) => {
    const found = queue.find((each) => each.key === key);
    if (found !== undefined) {
      found.visited = true;
      return true;
    }
    if (queue.length === capacity) {
      let at = hand === undefined ? queue.length - 1 : queue.indexOf(hand);
      while (queue[at]?.visited === true) {
        (queue[at] as { visited: boolean }).visited = false;
        at = at === 0 ? queue.length - 1 : at - 1;
      }
      hand = queue[at - 1];
      queue.splice(at, 1);
    }
    queue.unshift({ key, visited: false });
    return false;
  };
}

/** Algorithm 1 of SOSP '23. */
function s3Fifo(capacity: number): Oracle {
  const small: number[] = [];
  const main: number[] = [];
  const ghosts: number[] = [];
  const freq = new Map<number, number>();
  const of = (key: number) => freq.get(key) ?? 0;
  const smallSize = Math.max(1, Math.floor(0.1 * capacity));
  const mainSize = capacity - smallSize;
  const ghostSize = Math.floor(0.9 * capacity);

  const evictMain = () => {
    let evicted = false;
    while (!evicted && main.length > 0) {
      const t = pop(main);
      if (of(t) > 0) {
        main.unshift(t);
        freq.set(t, of(t) - 1);
      } else evicted = true;
    }
  };
  const evictSmall = () => {
    let evicted = false;
    while (!evicted && small.length > 0) {
      const t = pop(small);
      if (of(t) > 1) {
        freq.set(t, 0);
        main.unshift(t);
        if (main.length > mainSize) evictMain();
      } else {
        if (ghostSize > 0) {
          if (ghosts.length === ghostSize) pop(ghosts);
          ghosts.unshift(t);
        }
        evicted = true;
      }
    }
  };
  return (key) => {
    if (has(small, key) || has(main, key)) {
      freq.set(key, Math.min(3, of(key) + 1));
      return true;
    }
    while (small.length + main.length >= capacity) {
      if (small.length >= smallSize || main.length === 0) evictSmall();
      else evictMain();
    }
    freq.set(key, 0);
    if (has(ghosts, key)) {
      take(ghosts, key);
      main.unshift(key);
    } else small.unshift(key);
    return false;
  };
}

/** The full version of VLDB '94. */
function twoQueue(capacity: number): Oracle {
  const a1in: number[] = [];
  const a1out: number[] = [];
  const am: number[] = [];
  const kin = Math.floor(0.25 * capacity);
  const kout = Math.floor(0.5 * capacity);
  const reclaim = () => {
    if (a1in.length + am.length < capacity) return;
    if (a1in.length > kin || am.length === 0) {
      a1out.unshift(pop(a1in));
      if (a1out.length > kout) pop(a1out);
    } else pop(am);
  };
  return (key) => {
    if (has(am, key)) {
      take(am, key);
      am.unshift(key);
      return true;
    }
    if (has(a1in, key)) return true;
    const isRemembered = has(a1out, key);
    if (isRemembered) take(a1out, key);
    reclaim();
    (isRemembered ? am : a1in).unshift(key);
    return false;
  };
}

/** Figure 4 of FAST '03. */
function arc(c: number): Oracle {
  const t1: number[] = [];
  const t2: number[] = [];
  const b1: number[] = [];
  const b2: number[] = [];
  let p = 0;
  const replace = (x: number) => {
    if (t1.length >= 1 && ((has(b2, x) && t1.length === p) || t1.length > p)) b1.unshift(pop(t1));
    else b2.unshift(pop(t2));
  };
  return (x) => {
    if (has(t1, x) || has(t2, x)) {
      take(has(t1, x) ? t1 : t2, x);
      t2.unshift(x);
      return true;
    }
    if (has(b1, x)) {
      p = Math.min(c, p + Math.max(b2.length / b1.length, 1));
      replace(x);
      take(b1, x);
      t2.unshift(x);
    } else if (has(b2, x)) {
      p = Math.max(0, p - Math.max(b1.length / b2.length, 1));
      replace(x);
      take(b2, x);
      t2.unshift(x);
    } else {
      if (t1.length + b1.length === c) {
        if (t1.length < c) {
          pop(b1);
          replace(x);
        } else pop(t1);
      } else if (t1.length + t2.length + b1.length + b2.length >= c) {
        if (t1.length + t2.length + b1.length + b2.length === 2 * c) pop(b2);
        replace(x);
      }
      t1.unshift(x);
    }
    return false;
  };
}

/** The lists and the climbing; the sketch is the policy's own, which is tested for itself. */
export function wTinyLfu(capacity: number, adaptive = true, doorkeeper = false): Oracle {
  const hasher = new KeyHasher();
  const period = FrequencySketch.periodOf(capacity);
  const sketch = new FrequencySketch(capacity, period, doorkeeper);
  const random = seededRandom(0x5eed);
  let windowSize = Math.max(1, capacity - Math.floor(0.99 * capacity));
  let protectedSize = Math.floor(0.8 * (capacity - windowSize));
  const windowList: number[] = [];
  const probation: number[] = [];
  const protectedList: number[] = [];
  let [hits, requests, step, lastRatio] = [0, 0, -0.0625 * capacity, 0];

  const overflow = () => {
    while (windowList.length > windowSize) probation.unshift(pop(windowList));
    while (protectedList.length > protectedSize) probation.unshift(pop(protectedList));
  };
  const climb = () => {
    const ratio = hits / requests;
    const change = ratio - lastRatio;
    [hits, requests, lastRatio] = [0, 0, ratio];
    if (!adaptive) return;
    const amount = change >= 0 ? step : -step;
    step = Math.abs(change) >= 0.05 ? 0.0625 * capacity * (amount >= 0 ? 1 : -1) : 0.98 * amount;
    const whole = Math.trunc(amount);
    const moved = whole > 0 ? Math.min(whole, protectedSize) : -Math.min(-whole, windowSize - 1);
    windowSize += moved;
    protectedSize -= moved;
    overflow();
    for (let i = 0; i < moved && probation.length > 0; i++) windowList.unshift(pop(probation));
  };
  const room = () => {
    if (windowList.length + probation.length + protectedList.length < capacity) return;
    const candidate = windowList.length >= windowSize ? pop(windowList) : undefined;
    const from = probation.length > 0 ? probation : protectedList;
    if (candidate === undefined) pop(from.length > 0 ? from : windowList);
    else if (from.length > 0) {
      const ours = sketch.estimate(hasher.hash(candidate));
      const theirs = sketch.estimate(hasher.hash(from.at(-1)));
      if (ours > theirs || (ours >= 6 && random.u32() % 128 === 0)) {
        pop(from);
        probation.unshift(candidate);
      }
    }
  };
  return (key) => {
    const list = [windowList, probation, protectedList].find((each) => has(each, key));
    if (list === undefined) room();
    sketch.increment(hasher.hash(key));
    if (list === undefined) windowList.unshift(key);
    else {
      hits++;
      take(list, key);
      (list === probation && protectedSize >= 1 ? protectedList : list).unshift(key);
    }
    overflow();
    if (++requests >= period) climb();
    return list !== undefined;
  };
}
