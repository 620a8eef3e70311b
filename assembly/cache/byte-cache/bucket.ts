// The index of a segment: linear hashing over pages of buckets.

import { allocIn, freeIn } from '../../memory/arena/allocator';
import { equalBytes } from '../../memory/bytes';
import { bucketOf } from '../../structures/linear-hashing';
import { BUCKETS, CHAIN, COUNT, HASH, KEY_BYTES, keyOf, PAGE_ROOM, PAGES } from './layout';

const PAGE_LOG: u32 = 7;
const PAGE_BUCKETS: u32 = 128;
const PAGE_BYTES: u32 = 512;
const FIRST_ROOM: u32 = 8;

/** Lays out the first page; false when there is no room. */
export function makeIndex(segment: usize): bool {
  const pages = allocIn(segment, FIRST_ROOM << 2);
  const page = allocIn(segment, PAGE_BYTES);
  if (!pages || !page) return false;
  memory.fill(page, 0, PAGE_BYTES);
  store<u32>(pages, <u32>page);
  store<u32>(segment, <u32>pages, PAGES);
  store<u32>(segment, FIRST_ROOM, PAGE_ROOM);
  store<u32>(segment, PAGE_BUCKETS, BUCKETS);
  return true;
}

// @ts-ignore: decorator
@inline
export function cellOf(segment: usize, bucket: u32): usize {
  return <usize>load<u32>(<usize>load<u32>(segment, PAGES) + (<usize>(bucket >> PAGE_LOG) << 2)) + (<usize>(bucket & (PAGE_BUCKETS - 1)) << 2);
}

/** The cell that holds the entry's address, its predecessor's or its bucket's; 0 when the key is not there. */
export function find(segment: usize, hash: u32, key: usize, keyBytes: u32): usize {
  let cell = cellOf(segment, bucketOf(hash, load<u32>(segment, BUCKETS)));
  while (true) {
    const entry: usize = load<u32>(cell);
    if (!entry) return 0;
    if (load<u32>(entry, HASH) == hash && load<u16>(entry, KEY_BYTES) == keyBytes && equalBytes(keyOf(entry), key, keyBytes)) return cell;
    cell = entry + CHAIN;
  }
}

/** The cell that holds an entry's address. */
export function cellHolding(segment: usize, entry: usize): usize {
  let cell = cellOf(segment, bucketOf(load<u32>(entry, HASH), load<u32>(segment, BUCKETS)));
  while (<usize>load<u32>(cell) != entry) cell = <usize>load<u32>(cell) + CHAIN;
  return cell;
}

// @ts-ignore: decorator
@inline
export function linkEntry(segment: usize, entry: usize, hash: u32): void {
  const cell = cellOf(segment, bucketOf(hash, load<u32>(segment, BUCKETS)));
  store<u32>(entry, load<u32>(cell), CHAIN);
  store<u32>(entry, hash, HASH);
  store<u32>(cell, <u32>entry);
}

/** One bucket more, where there are fewer than entries: splits one in two. False when its page has no room. */
export function growIndex(segment: usize): bool {
  const buckets = load<u32>(segment, BUCKETS);
  if (load<u32>(segment, COUNT) <= buckets) return true;
  if ((buckets & (PAGE_BUCKETS - 1)) == 0 && !addPage(segment, buckets >> PAGE_LOG)) return false;
  store<u32>(segment, buckets + 1, BUCKETS);
  // The bucket whose entries the new one shares differs in the highest bit only.
  const top: u32 = (<u32>1) << (31 - clz(buckets));
  let from = cellOf(segment, buckets - top);
  let to = cellOf(segment, buckets);
  store<u32>(to, 0);
  while (true) {
    const entry: usize = load<u32>(from);
    if (!entry) return true;
    if (load<u32>(entry, HASH) & top) {
      store<u32>(from, load<u32>(entry, CHAIN));
      store<u32>(entry, 0, CHAIN);
      store<u32>(to, <u32>entry);
      to = entry + CHAIN;
    } else {
      from = entry + CHAIN;
    }
  }
}

function addPage(segment: usize, page: u32): bool {
  let pages: usize = load<u32>(segment, PAGES);
  const room = load<u32>(segment, PAGE_ROOM);
  if (page == room) {
    const wider = allocIn(segment, room << 3);
    if (!wider) return false;
    memory.copy(wider, pages, <usize>room << 2);
    freeIn(segment, pages);
    store<u32>(segment, <u32>wider, PAGES);
    store<u32>(segment, room << 1, PAGE_ROOM);
    pages = wider;
  }
  const fresh = allocIn(segment, PAGE_BYTES);
  if (!fresh) return false;
  store<u32>(pages + (<usize>page << 2), <u32>fresh);
  return true;
}
