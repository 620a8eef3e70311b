// Which key goes when the budget is full, and what an entry's access word says of its use.
//
// As in Redis, the policies look at keys picked at random and end the best of them: LRU the one that was not used for the
// longest, LFU the one used least (a counter that grows by the logarithm and shrinks with time), volatile-* only keys
// that expire. Redis keeps a pool of sixteen candidates from one eviction to the next; here as many more are looked at.
//
// The access word:
//
//     policy      bits
//     LFU         31–8 minutes since the epoch, modulo 2^24, when it was last used; 7–0 the counter
//     S3-FIFO     31 in the main queue; 30–29 uses, up to 3; 28–0 the tick at which it entered its queue
//     any other   seconds since the epoch when it was last used
//
// S3-FIFO (Yang et al., SOSP 2023) has no queues here: the oldest of those looked at stands for the end of its queue, and
// the share of small ones among them for the size of the small queue. Ghosts are a table of hashes, the newest of each
// slot. What was written under another policy is read as this one's: it takes some time to adjust.

import { alloc, costOf, free } from '../../memory/arena/allocator';
import { accessOf, expiryOf, keyLength, keyOf } from '../../structures/hash-table/entry';
import { Segment, TAG_MASK, TAG_VOLATILE } from '../../structures/hash-table/layout';
import { find, hashAt, segmentFor, taggedAt } from '../../structures/hash-table/table';
import {
  Engine, nextRandom, POLICY_ALLKEYS_LFU, POLICY_ALLKEYS_LRU, POLICY_ALLKEYS_RANDOM, POLICY_ALLKEYS_S3_FIFO, POLICY_VOLATILE_LFU,
  POLICY_VOLATILE_LRU, POLICY_VOLATILE_RANDOM, POLICY_VOLATILE_TTL,
} from './engine';

/** In place of Redis's pool of candidates. */
const MORE_SAMPLES: u32 = 11;
const LFU_FIRST: u32 = 5;
const MINUTES: u32 = 0x00ff_ffff;
const MAIN: u32 = 0x8000_0000;
const USES_SHIFT: u32 = 29;
const TICKS: u32 = 0x1fff_ffff;
const S3_SAMPLES: u32 = 16;
/** Keys that are put off, at most, before one goes whatever it deserves. */
const S3_ROUNDS: u32 = 64;
const LEAST_GHOSTS: u32 = 1024;
const MOST_GHOSTS: u32 = 1 << 20;
/** Random slots of a segment that are tried before the next taken one is: at usual loads one of them is taken. */
const RANDOM_TRIES = 64;
/** Keys looked at at random for one that expires, before they are gone through in order. */
const VOLATILE_TRIES: u32 = 32;

// @ts-ignore: decorator
@inline
function minutes(engine: Engine): u32 {
  return (engine.clock / 60) & MINUTES;
}

/** The access word of a key that was not there. */
export function firstAccess(engine: Engine, hash: u32): u32 {
  const policy = engine.policy;
  if (policy < POLICY_ALLKEYS_LFU) return engine.clock;
  if (policy != POLICY_ALLKEYS_S3_FIFO) return (minutes(engine) << 8) | LFU_FIRST;
  return nextTick(engine) | (takeGhost(engine, hash) ? MAIN : 0);
}

/** The access word of a key that was used, under a policy that counts uses. */
export function counted(engine: Engine, access: u32): u32 {
  if (engine.policy == POLICY_ALLKEYS_S3_FIFO) {
    return ((access >> USES_SHIFT) & 3) == 3 ? access : access + (1 << USES_SHIFT);
  }
  let counter = frequency(engine, access);
  if (counter < 255) {
    const above = counter > LFU_FIRST ? counter - LFU_FIRST : 0;
    const chance = 1.0 / (<f64>above * <f64>engine.lfuLogFactor + 1.0);
    if (<f64>nextRandom(engine) < chance * 4294967296.0) counter++;
  }
  return (minutes(engine) << 8) | counter;
}

/** How often a key was used, by its access word: of LFU the counter, less what time took from it. */
export function frequency(engine: Engine, access: u32): u32 {
  if (engine.policy == POLICY_ALLKEYS_S3_FIFO) return (access >> USES_SHIFT) & 3;
  const counter = access & 255;
  if (!engine.lfuDecayMinutes) return counter;
  const periods = ((minutes(engine) - (access >> 8)) & MINUTES) / engine.lfuDecayMinutes;
  return periods > counter ? 0 : counter - periods;
}

/** Cell of the key to end; 0 when the policy allows none. */
export function victim(engine: Engine): usize {
  switch (engine.policy) {
    case POLICY_ALLKEYS_RANDOM: return randomCell(engine);
    case POLICY_VOLATILE_RANDOM: return volatileCell(engine);
    case POLICY_ALLKEYS_S3_FIFO: return ofTwoQueues(engine);
    case POLICY_ALLKEYS_LRU:
    case POLICY_ALLKEYS_LFU: return bestOf(engine, false);
    case POLICY_VOLATILE_LRU:
    case POLICY_VOLATILE_LFU:
    case POLICY_VOLATILE_TTL: return bestOf(engine, true);
  }
  return 0;
}

function bestOf(engine: Engine, volatileOnly: bool): usize {
  let best: usize = 0;
  let highest: u64 = 0;
  for (let i = engine.samples + MORE_SAMPLES; i; i--) {
    const cell = volatileOnly ? volatileCell(engine) : randomCell(engine);
    if (!cell) return 0;
    const score = dispensable(engine, <usize>(load<u32>(cell) & ~TAG_MASK));
    if (best && score <= highest) continue;
    best = cell;
    highest = score;
  }
  return best;
}

/** The higher, the sooner it goes. */
function dispensable(engine: Engine, entry: usize): u64 {
  const word = load<u32>(entry);
  if (engine.policy == POLICY_VOLATILE_TTL) return ~<u64>load<i64>(expiryOf(entry, word)) ^ ((<u64>1) << 63);
  const access = load<u32>(accessOf(entry, word));
  if (engine.policy >= POLICY_ALLKEYS_LFU) return 255 - frequency(engine, access);
  // A clock that went back has used it just now.
  return engine.clock > access ? engine.clock - access : 0;
}

// ── S3-FIFO ───────────────────────────────────────────────────────────────────────────────────────

function nextTick(engine: Engine): u32 {
  engine.ticks = (engine.ticks + 1) & TICKS;
  return engine.ticks;
}

function ofTwoQueues(engine: Engine): usize {
  let cell: usize = 0;
  for (let round: u32 = 0; round < S3_ROUNDS; round++) {
    let small: usize = 0;
    let main: usize = 0;
    let smallAge: u32 = 0;
    let mainAge: u32 = 0;
    let smalls: u32 = 0;
    for (let i: u32 = 0; i < S3_SAMPLES; i++) {
      const one = randomCell(engine);
      if (!one) return 0;
      const access = load<u32>(accessAt(one));
      const age = (engine.ticks - access) & TICKS;
      if (access & MAIN) {
        if (!main || age > mainAge) {
          main = one;
          mainAge = age;
        }
      } else {
        smalls++;
        if (!small || age > smallAge) {
          small = one;
          smallAge = age;
        }
      }
    }
    const isSmall = small && (!main || smalls * 10 > S3_SAMPLES);
    cell = isSmall ? small : main;
    const at = accessAt(cell);
    const uses = (load<u32>(at) >> USES_SHIFT) & 3;
    if (isSmall ? uses <= 1 : !uses) return cell;
    store<u32>(at, MAIN | ((isSmall ? 0 : uses - 1) << USES_SHIFT) | nextTick(engine));
  }
  return cell;
}

// @ts-ignore: decorator
@inline
function accessAt(cell: usize): usize {
  const entry = <usize>(load<u32>(cell) & ~TAG_MASK);
  return accessOf(entry, load<u32>(entry));
}

/** A key that left the small queue is remembered by its hash. */
export function remember(engine: Engine, hash: u32, access: u32): void {
  if (engine.policy != POLICY_ALLKEYS_S3_FIFO || access & MAIN) return;
  const wanted = min(max(engine.table.count, LEAST_GHOSTS), MOST_GHOSTS);
  if (!engine.ghosts || wanted > 2 * (engine.ghostMask + 1)) {
    const slots: u32 = (<u32>1) << (32 - clz(wanted - 1));
    const fresh = alloc(slots << 2);
    if (fresh) {
      memory.fill(fresh, 0, <usize>slots << 2);
      if (engine.ghosts) free(engine.ghosts);
      engine.ghosts = <u32>fresh;
      engine.ghostMask = slots - 1;
    }
  }
  if (engine.ghosts) store<u32>(<usize>engine.ghosts + (<usize>(hash & engine.ghostMask) << 2), hash | 1);
}

function takeGhost(engine: Engine, hash: u32): bool {
  if (!engine.ghosts) return false;
  const slot = <usize>engine.ghosts + (<usize>(hash & engine.ghostMask) << 2);
  if (load<u32>(slot) != (hash | 1)) return false;
  store<u32>(slot, 0);
  return true;
}

export function ghostBytes(engine: Engine): u32 {
  return engine.ghosts ? costOf(engine.ghosts) : 0;
}

// ── Keys picked at random ─────────────────────────────────────────────────────────────────────────

/**
 * Cell of an entry picked at random, 0 when empty. A random segment by hash, then random slots until one is taken:
 * every key of a segment is as likely as another, and segments hold about the same share of their hashes.
 */
export function randomCell(engine: Engine): usize {
  const table = engine.table;
  if (table.count == 0) return 0;
  while (true) {
    const address = segmentFor(table, nextRandom(engine));
    const segment = changetype<Segment>(address);
    if (segment.used == 0) continue;
    let index = randomBelow(engine, segment.slots);
    for (let tries = RANDOM_TRIES; tries && !taggedAt(table.probing, address, segment.slots, index); tries--) {
      index = randomBelow(engine, segment.slots);
    }
    while (!taggedAt(table.probing, address, segment.slots, index)) {
      if (++index == segment.slots) index = 0;
    }
    return cellAt(engine, address, index);
  }
}

/** Cell of an entry that expires, picked at random; 0 when none does. Where few do they are gone through in order. */
function volatileCell(engine: Engine): usize {
  const table = engine.table;
  if (table.volatileCount == 0) return 0;
  for (let tries = VOLATILE_TRIES; tries; tries--) {
    const cell = randomCell(engine);
    if (load<u32>(cell) & TAG_VOLATILE) return cell;
  }
  let hash = nextRandom(engine);
  while (true) {
    const address = segmentFor(table, hash);
    const segment = changetype<Segment>(address);
    const from = segment.slots ? randomBelow(engine, segment.slots) : 0;
    for (let i: u32 = 0; i < segment.slots; i++) {
      const index = from + i < segment.slots ? from + i : from + i - segment.slots;
      if (taggedAt(table.probing, address, segment.slots, index) & TAG_VOLATILE) return cellAt(engine, address, index);
    }
    const span: u64 = <u64>1 << (32 - segment.localDepth);
    hash = <u32>((<u64>hash & ~(span - 1)) + span);
  }
}

/** Cell of the entry in a slot that is taken. */
function cellAt(engine: Engine, address: usize, index: u32): usize {
  const table = engine.table;
  const slots = changetype<Segment>(address).slots;
  const hash = hashAt(table.probing, address, slots, index);
  const entry = <usize>(taggedAt(table.probing, address, slots, index) & ~TAG_MASK);
  const word = load<u32>(entry);
  return find(table, hash, keyOf(entry, word), keyLength(entry, word));
}

function randomBelow(engine: Engine, bound: u32): u32 {
  return <u32>((<u64>nextRandom(engine) * bound) >> 32);
}
