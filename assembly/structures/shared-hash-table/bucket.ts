// The index of a segment: linear hashing (W. Litwin, 1980) over pages of buckets, one bucket more for each entry more.

import { allocIn, freeIn } from '../../memory/arena/allocator';
import { equalBytes } from '../../memory/bytes';
import { bucketOf } from '../linear-hashing';
import {
  BUCKETS, CHAIN, COUNT, HASH, KEY_BYTES, keyOf, MOST_SPLIT, PAGES, publish, SPLIT_BUCKET, SPLIT_LIST, SPLITTING,
} from './layout';

const PAGE_LOG: u32 = 7;
export const PAGE_BUCKETS: u32 = 128;
const PAGE_BYTES: u32 = 512;
const FIRST_ROOM: u32 = 7;

/** Lays out the directory and the first page of a heap that is empty, and has room for them. */
export function makeIndex(segment: usize): void {
  const pages = allocIn(segment, 4 + (FIRST_ROOM << 2));
  const page = allocIn(segment, PAGE_BYTES);
  memory.fill(page, 0, PAGE_BYTES);
  store<u32>(pages, FIRST_ROOM);
  store<u32>(pages, <u32>page, 4);
  store<u32>(segment, <u32>pages, PAGES);
  store<u32>(segment, PAGE_BUCKETS, BUCKETS);
  store<u32>(segment, 0, COUNT);
}

// @ts-ignore: decorator
@inline
export function pageAt(segment: usize, page: u32): usize {
  return <usize>load<u32>(<usize>load<u32>(segment, PAGES) + 4 + (<usize>page << 2));
}

// @ts-ignore: decorator
@inline
export function cellOf(segment: usize, bucket: u32): usize {
  return pageAt(segment, bucket >> PAGE_LOG) + (<usize>(bucket & (PAGE_BUCKETS - 1)) << 2);
}

/** The cell that holds the entry's address, its predecessor's or its bucket's; 0 when the key is not there. */
export function find(segment: usize, hash: u32, key: usize, keyBytes: u32): usize {
  let cell = cellOf(segment, bucketOf(hash, load<u32>(segment, BUCKETS)));
  while (true) {
    const entry: usize = load<u32>(cell);
    if (!entry) return 0;
    if (load<u32>(entry, HASH) == hash && load<u32>(entry, KEY_BYTES) == keyBytes && equalBytes(keyOf(entry), key, keyBytes)) return cell;
    cell = entry + CHAIN;
  }
}

/** One bucket more, where there are fewer than entries, a page for it has room, and the one to be split is not too long. */
export function growIndex(segment: usize): void {
  const buckets = load<u32>(segment, BUCKETS);
  if (load<u32>(segment, COUNT) <= buckets) return;
  // The bucket whose entries the new one shares differs in the highest bit only.
  const top: u32 = (<u32>1) << (31 - clz(buckets));
  let length: u32 = 0;
  for (let entry: usize = load<u32>(cellOf(segment, buckets - top)); entry; entry = load<u32>(entry, CHAIN)) {
    if (length == MOST_SPLIT) return;
    store<u32>(segment + SPLIT_LIST + (<usize>length << 2), <u32>entry);
    length++;
  }
  if ((buckets & (PAGE_BUCKETS - 1)) == 0 && !addPage(segment, buckets >> PAGE_LOG)) return;
  store<u32>(segment, buckets, SPLIT_BUCKET);
  publish(segment + SPLITTING, length + 1);
  split(segment);
}

/** Shares the entries of the list between the two buckets. It may be begun again and again. */
export function split(segment: usize): void {
  const bucket = load<u32>(segment, SPLIT_BUCKET);
  const top: u32 = (<u32>1) << (31 - clz(bucket));
  let stay: u32 = 0;
  let move: u32 = 0;
  for (let i = load<u32>(segment, SPLITTING) - 1; i > 0; i--) {
    const entry: usize = load<u32>(segment + SPLIT_LIST + (<usize>(i - 1) << 2));
    if (load<u32>(entry, HASH) & top) {
      store<u32>(entry, move, CHAIN);
      move = <u32>entry;
    } else {
      store<u32>(entry, stay, CHAIN);
      stay = <u32>entry;
    }
  }
  store<u32>(cellOf(segment, bucket - top), stay);
  store<u32>(cellOf(segment, bucket), move);
  store<u32>(segment, bucket + 1, BUCKETS);
  publish(segment + SPLITTING, 0);
}

/** False when there is no room. What is older is freed only once nobody needs it. */
function addPage(segment: usize, page: u32): bool {
  let pages: usize = load<u32>(segment, PAGES);
  const room = load<u32>(pages);
  if (page == room) {
    const wider = allocIn(segment, 4 + (room << 3));
    if (!wider) return false;
    store<u32>(wider, room << 1);
    memory.copy(wider + 4, pages + 4, <usize>room << 2);
    publish(segment + PAGES, <u32>wider);
    freeIn(segment, pages);
    pages = wider;
  }
  const fresh = allocIn(segment, PAGE_BYTES);
  if (!fresh) return false;
  memory.fill(fresh, 0, PAGE_BYTES);
  publish(pages + 4 + (<usize>page << 2), <u32>fresh);
  return true;
}
