// Many keys a call. The homes of a group of keys are computed and touched before the first of them is
// searched, so that the memory system fetches them side by side instead of one after the other.

import { hashOf } from './hash';
import { entryFor, homeOf, MUTATIONS, passedAt, valueAt, wasPassed } from './layout';
import { find, findFurther, insert, matches, put, remove } from './table';

/** Keys whose homes are fetched together. */
const GROUP: u32 = 32;
/** A bit that no `taken` word has. A load must be used, or it could be left out. */
const NEVER: u32 = 1;

/** Touches the homes of keys [from, to). Returns what it saw, which the caller must use. */
// @ts-ignore: decorator
@inline
function touch<K>(map: usize, keys: usize, from: u32, to: u32): u32 {
  let seen: u32 = 0;
  for (let i = from; i < to; i++) {
    const hash = hashOf<K>(map, load<K>(keys + <usize>i * sizeof<K>()));
    seen |= load<u32>(homeOf<K>(hash, entryFor(map, hash)));
  }
  return seen;
}

/** Writes the values of `count` keys, `missing` where there is none. Returns how many were found. */
export function getMany<K>(map: usize, keys: usize, count: u32, out: usize, missing: f64): u32 {
  let found: u32 = 0;
  for (let from: u32 = 0; from < count; from += GROUP) {
    const to = min(from + GROUP, count);
    // The place of each value first holds the address of the key's home.
    let seen: u32 = 0;
    for (let i = from; i < to; i++) {
      const hash = hashOf<K>(map, load<K>(keys + <usize>i * sizeof<K>()));
      const home = homeOf<K>(hash, entryFor(map, hash));
      seen |= load<u32>(home);
      store<u32>(out + (<usize>i << 3), <u32>home);
    }
    // Always 0, as the compiler cannot know.
    found += seen & NEVER;
    for (let i = from; i < to; i++) {
      const key = load<K>(keys + <usize>i * sizeof<K>());
      const home: usize = load<u32>(out + (<usize>i << 3));
      const bits = matches<K>(home, key);
      let value = missing;
      if (bits) {
        value = load<f64>(valueAt<K>(home, ctz(bits)));
        found++;
      } else if (load<u32>(passedAt<K>(home))) {
        const hash = hashOf<K>(map, key);
        const address = wasPassed<K>(home, hash) ? findFurther<K>(entryFor(map, hash), home, key, hash) : 0;
        if (address) {
          value = load<f64>(address);
          found++;
        }
      }
      store<f64>(out + (<usize>i << 3), value);
    }
  }
  return found;
}

/** Writes one byte a key, 1 where it is in the map. Returns how many are. `homes` is room for four bytes a key. */
export function hasMany<K>(map: usize, keys: usize, count: u32, out: usize, homes: usize): u32 {
  let found: u32 = 0;
  for (let from: u32 = 0; from < count; from += GROUP) {
    const to = min(from + GROUP, count);
    let seen: u32 = 0;
    for (let i = from; i < to; i++) {
      const hash = hashOf<K>(map, load<K>(keys + <usize>i * sizeof<K>()));
      const home = homeOf<K>(hash, entryFor(map, hash));
      seen |= load<u32>(home);
      store<u32>(homes + (<usize>i << 2), <u32>home);
    }
    // Always 0, as the compiler cannot know.
    found += seen & NEVER;
    for (let i = from; i < to; i++) {
      const key = load<K>(keys + <usize>i * sizeof<K>());
      const home: usize = load<u32>(homes + (<usize>i << 2));
      let is: u32 = <u32>(matches<K>(home, key) != 0);
      if (!is && load<u32>(passedAt<K>(home))) {
        const hash = hashOf<K>(map, key);
        if (wasPassed<K>(home, hash)) is = <u32>(findFurther<K>(entryFor(map, hash), home, key, hash) != 0);
      }
      store<u8>(out + i, is);
      found += is;
    }
  }
  return found;
}

/**
 * Sets keys in order, and leaves in place of each value what it replaced, and in `added` 1 where the key is new,
 * so that `undoMany` can take it all back. Returns how many keys it set: `count`, or fewer when the arena is full.
 */
export function setMany<K>(map: usize, keys: usize, count: u32, values: usize, added: usize): u32 {
  for (let from: u32 = 0; from < count; from += GROUP) {
    const to = min(from + GROUP, count);
    if (touch<K>(map, keys, from, to) & NEVER) return from;
    for (let i = from; i < to; i++) {
      const key = load<K>(keys + <usize>i * sizeof<K>());
      const value = values + (<usize>i << 3);
      const status = putSwap<K>(map, key, value);
      if (status < 0) return i;
      store<u8>(added + i, status);
    }
  }
  return count;
}

/** `put`, leaving the replaced value where the new one stood. */
// @ts-ignore: decorator
@inline
function putSwap<K>(map: usize, key: K, value: usize): i32 {
  const hash = hashOf<K>(map, key);
  const given = load<f64>(value);
  const found = find<K>(map, key, hash);
  if (!found) return insert<K>(map, key, hash, given);
  store<f64>(value, load<f64>(found));
  store<f64>(found, given);
  store<u32>(map, load<u32>(map, MUTATIONS) + 1, MUTATIONS);
  return 0;
}

/** Takes back, last first, what `setMany` did. Cannot fail: it only deletes and overwrites. */
export function undoMany<K>(map: usize, keys: usize, count: u32, values: usize, added: usize): void {
  for (let i = count; i--; ) {
    const key = load<K>(keys + <usize>i * sizeof<K>());
    if (load<u8>(added + i)) remove<K>(map, key);
    else put<K>(map, key, load<f64>(values + (<usize>i << 3)));
  }
}

/** Deletes keys; returns how many were there. */
export function deleteMany<K>(map: usize, keys: usize, count: u32): u32 {
  let deleted: u32 = 0;
  for (let from: u32 = 0; from < count; from += GROUP) {
    const to = min(from + GROUP, count);
    if (touch<K>(map, keys, from, to) & NEVER) return deleted;
    for (let i = from; i < to; i++) {
      deleted += <u32>remove<K>(map, load<K>(keys + <usize>i * sizeof<K>()));
    }
  }
  return deleted;
}
