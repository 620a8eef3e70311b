// Which entry goes: LRU, SIEVE (Zhang et al., NSDI 2024) or S3-FIFO (Yang et al., SOSP 2023), over queues of entries.

import { allocIn, costOf, freeIn } from '../../memory/arena/allocator';
import { LIMIT } from '../../memory/arena/layout';
import {
  BUCKETS, FLAGS, flagsOf, GHOSTS, GHOST_MASK, HAND, HASH, LRU, NEWER, NEWEST, OLDER, OLDEST, S3_FIFO, SIEVE, SMALL, SMALL_BYTES,
  SMALL_NEWEST, SMALL_OLDEST, USED,
} from './layout';

/** Hashes in a bucket of ghosts. */
const GHOST_WAYS: u32 = 4;
const FIRST_GHOST_BUCKETS: u32 = 32;
/** The small queue has a tenth of the bytes. */
const SMALL_SHARE: u32 = 10;
const MOST_USED: u32 = 3;

/** The entry was asked for, or got another value. */
// @ts-ignore: decorator
@inline
export function touch(segment: usize, policy: u32, entry: usize): void {
  if (policy == LRU) {
    if (<usize>load<u32>(segment, NEWEST) != entry) {
      unqueue(segment, entry, NEWEST, OLDEST);
      enqueue(segment, entry, NEWEST, OLDEST);
    }
    return;
  }
  const used: u32 = load<u8>(entry, USED);
  if (used < (policy == SIEVE ? <u32>1 : MOST_USED)) store<u8>(entry, used + 1, USED);
}

/** A new entry takes its place. Its hash is written. */
export function admit(segment: usize, policy: u32, entry: usize): void {
  store<u8>(entry, 0, USED);
  if (policy == S3_FIFO && !takeGhost(segment, load<u32>(entry, HASH))) {
    store<u8>(entry, flagsOf(entry) | SMALL, FLAGS);
    store<u32>(segment, load<u32>(segment, SMALL_BYTES) + costOf(entry), SMALL_BYTES);
    enqueue(segment, entry, SMALL_NEWEST, SMALL_OLDEST);
  } else {
    enqueue(segment, entry, NEWEST, OLDEST);
  }
}

/** An entry leaves its queue, whoever decided that. */
export function leave(segment: usize, entry: usize): void {
  if (<usize>load<u32>(segment, HAND) == entry) store<u32>(segment, load<u32>(entry, NEWER), HAND);
  if (flagsOf(entry) & SMALL) {
    store<u32>(segment, load<u32>(segment, SMALL_BYTES) - costOf(entry), SMALL_BYTES);
    unqueue(segment, entry, SMALL_NEWEST, SMALL_OLDEST);
  } else {
    unqueue(segment, entry, NEWEST, OLDEST);
  }
}

/** `fresh` stands where `entry` stood; queue and uses go over. Only its own flags are written. */
export function takePlace(segment: usize, entry: usize, fresh: usize): void {
  const small = flagsOf(entry) & SMALL;
  store<u8>(fresh, load<u8>(entry, USED), USED);
  store<u8>(fresh, (flagsOf(fresh) & ~SMALL) | small, FLAGS);
  if (small) store<u32>(segment, load<u32>(segment, SMALL_BYTES) - costOf(entry) + costOf(fresh), SMALL_BYTES);
  const newer: usize = load<u32>(entry, NEWER);
  const older: usize = load<u32>(entry, OLDER);
  store<u32>(fresh, <u32>newer, NEWER);
  store<u32>(fresh, <u32>older, OLDER);
  if (newer) store<u32>(newer, <u32>fresh, OLDER);
  else store<u32>(segment + (small ? SMALL_NEWEST : NEWEST), <u32>fresh);
  if (older) store<u32>(older, <u32>fresh, NEWER);
  else store<u32>(segment + (small ? SMALL_OLDEST : OLDEST), <u32>fresh);
  if (<usize>load<u32>(segment, HAND) == entry) store<u32>(segment, <u32>fresh, HAND);
}

/** The entry to end next, still in its queue; 0 when there is none. */
export function victim(segment: usize, policy: u32): usize {
  if (policy == LRU) return load<u32>(segment, OLDEST);
  if (policy == SIEVE) return sieve(segment);
  const target = (load<u32>(segment, LIMIT) - <u32>segment) / SMALL_SHARE;
  while (load<u32>(segment, SMALL_OLDEST) && (load<u32>(segment, SMALL_BYTES) >= target || !load<u32>(segment, OLDEST))) {
    const entry: usize = load<u32>(segment, SMALL_OLDEST);
    if (load<u8>(entry, USED) <= 1) {
      addGhost(segment, load<u32>(entry, HASH));
      return entry;
    }
    leave(segment, entry);
    store<u8>(entry, flagsOf(entry) & ~SMALL, FLAGS);
    store<u8>(entry, 0, USED);
    enqueue(segment, entry, NEWEST, OLDEST);
  }
  while (true) {
    const entry: usize = load<u32>(segment, OLDEST);
    if (!entry) return load<u32>(segment, SMALL_OLDEST);
    const used: u32 = load<u8>(entry, USED);
    if (!used) return entry;
    store<u8>(entry, used - 1, USED);
    unqueue(segment, entry, NEWEST, OLDEST);
    enqueue(segment, entry, NEWEST, OLDEST);
  }
}

/** The hand goes from the oldest to newer ones, past those that were used, which it marks as not used. */
function sieve(segment: usize): usize {
  let entry: usize = load<u32>(segment, HAND);
  if (!entry) entry = load<u32>(segment, OLDEST);
  while (entry && load<u8>(entry, USED)) {
    store<u8>(entry, 0, USED);
    entry = load<u32>(entry, NEWER);
    if (!entry) entry = load<u32>(segment, OLDEST);
  }
  store<u32>(segment, <u32>entry, HAND);
  return entry;
}

// @ts-ignore: decorator
@inline
export function enqueue(segment: usize, entry: usize, newest: usize, oldest: usize): void {
  const first: usize = load<u32>(segment + newest);
  store<u32>(entry, 0, NEWER);
  store<u32>(entry, <u32>first, OLDER);
  store<u32>(segment + newest, <u32>entry);
  if (first) store<u32>(first, <u32>entry, NEWER);
  else store<u32>(segment + oldest, <u32>entry);
}

// @ts-ignore: decorator
@inline
function unqueue(segment: usize, entry: usize, newest: usize, oldest: usize): void {
  const newer: usize = load<u32>(entry, NEWER);
  const older: usize = load<u32>(entry, OLDER);
  if (newer) store<u32>(newer, <u32>older, OLDER);
  else store<u32>(segment + newest, <u32>older);
  if (older) store<u32>(older, <u32>newer, NEWER);
  else store<u32>(segment + oldest, <u32>newer);
}

// ── Ghosts: hashes of entries that left the small queue, of each bucket the last four ─────────────

/** As many ghosts as the index has buckets, where there is room for them; those there were are forgotten. */
export function sizeGhosts(segment: usize): void {
  const wanted = max<u32>(FIRST_GHOST_BUCKETS, load<u32>(segment, BUCKETS) / GHOST_WAYS);
  const old: usize = load<u32>(segment, GHOSTS);
  if (old && wanted <= load<u32>(segment, GHOST_MASK) + 1) return;
  const buckets: u32 = (<u32>1) << (32 - clz(wanted - 1));
  const fresh = allocIn(segment, buckets * GHOST_WAYS << 2);
  if (!fresh) return;
  memory.fill(fresh, 0, <usize>(buckets * GHOST_WAYS) << 2);
  if (old) freeIn(segment, old);
  store<u32>(segment, <u32>fresh, GHOSTS);
  store<u32>(segment, buckets - 1, GHOST_MASK);
}

// @ts-ignore: decorator
@inline
function ghostsOf(segment: usize, hash: u32): usize {
  return <usize>load<u32>(segment, GHOSTS) + (<usize>(hash & load<u32>(segment, GHOST_MASK)) << 4);
}

function addGhost(segment: usize, hash: u32): void {
  if (!load<u32>(segment, GHOSTS)) return;
  const at = ghostsOf(segment, hash);
  store<u32>(at, load<u32>(at, 8), 12);
  store<u64>(at, load<u64>(at), 4);
  store<u32>(at, hash | 1);
}

/** True when the hash was there, which it is no more. */
function takeGhost(segment: usize, hash: u32): bool {
  if (!load<u32>(segment, GHOSTS)) return false;
  const at = ghostsOf(segment, hash);
  for (let i: usize = 0; i < 16; i += 4) {
    if (load<u32>(at + i) == (hash | 1)) {
      store<u32>(at + i, 0);
      return true;
    }
  }
  return false;
}
