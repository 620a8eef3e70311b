// Values that are structures of their own. The entry's value is eight bytes: u32 address of the structure, u32 detail,
// whose meaning is the type's. The entry owns the structure: whatever frees the one must free the other.

import { costOf } from '../../memory/arena/allocator';
import { TYPE_MASK, TYPE_SHIFT, valueOf } from '../../structures/hash-table/entry';
import { Segment, TAG_MASK } from '../../structures/hash-table/layout';
import { segmentFor, taggedAt } from '../../structures/hash-table/table';
import { List } from '../../structures/skip-list/layout';
import {
  addMember,
  checkSortedSet,
  createSortedSet,
  destroySortedSet,
  FULL,
  memberAt,
  memberBytes,
  nodeAfter,
  nodeAtRank,
  scoreOf,
  sortedSetIndexBytes,
} from '../../structures/skip-list/sorted-set';
import { Engine, nextRandom } from './engine';
import { destroyModule, MODULE_MASK, moduleBytes } from './modules';

// Types of a value: bits 5–7 of the entry's header word, at Redis's numbers.
export const TYPE_STRING: u32 = 0;
export const TYPE_ZSET: u32 = 3;
/** A value of a module's type: see modules.ts. */
export const TYPE_MODULE: u32 = 5;

export const FLAG_ZSET: u32 = TYPE_ZSET << TYPE_SHIFT;
export const FLAG_MODULE: u32 = TYPE_MODULE << TYPE_SHIFT;

export const OBJECT_BYTES: u32 = 8;
const DETAIL: usize = 4;

/** A sorted set's detail: it has been too large for the compact form that Redis would have kept it in. */
export const DETAIL_LARGE: u32 = 1;

/** Redis draws the levels of its skip lists with this probability. */
const LEVEL_PROBABILITY: f64 = 0.25;

// @ts-ignore: decorator
@inline
export function isObject(word: u32): bool {
  return (word & TYPE_MASK) != 0;
}

// @ts-ignore: decorator
@inline
export function typeOf(word: u32): u32 {
  return (word & TYPE_MASK) >> TYPE_SHIFT;
}

/** The structure an entry holds. */
// @ts-ignore: decorator
@inline
export function structureOf(entry: usize, word: u32): usize {
  return load<u32>(valueOf(entry, word));
}

// @ts-ignore: decorator
@inline
export function detailOf(entry: usize, word: u32): u32 {
  return load<u32>(valueOf(entry, word), DETAIL);
}

// @ts-ignore: decorator
@inline
export function setDetail(entry: usize, word: u32, detail: u32): void {
  store<u32>(valueOf(entry, word), detail, DETAIL);
}

export function putObject(value: usize, structure: usize, detail: u32): void {
  store<u32>(value, <u32>structure);
  store<u32>(value, detail, DETAIL);
}

/** An empty sorted set, or 0 when the budget is full. */
export function newSortedSet(engine: Engine): usize {
  return createSortedSet((<u64>nextRandom(engine) << 32) | nextRandom(engine), LEVEL_PROBABILITY);
}

/** Frees the structure of an entry that is about to go, or to hold something else. */
export function releaseObject(engine: Engine, entry: usize, word: u32): void {
  destroyStructure(typeOf(word), structureOf(entry, word), detailOf(entry, word));
  engine.objects--;
}

export function destroyStructure(type: u32, structure: usize, detail: u32): void {
  if (type == TYPE_ZSET) destroySortedSet(structure);
  else destroyModule(detail & MODULE_MASK, structure);
}

/** Whether the structure an entry holds can be copied. */
export function isCopied(word: u32): bool {
  return typeOf(word) != TYPE_MODULE;
}

/** A structure like the one an entry holds, or 0 when the budget is full. */
export function cloneStructure(engine: Engine, entry: usize, word: u32): usize {
  return cloneSortedSet(engine, structureOf(entry, word));
}

function cloneSortedSet(engine: Engine, from: usize): usize {
  const to = newSortedSet(engine);
  if (!to) return 0;
  for (let node = nodeAtRank(from, 0); node; node = nodeAfter(node)) {
    if (addMember(to, memberAt(node), memberBytes(node), scoreOf(node), 0, engine.work) != FULL) continue;
    destroySortedSet(to);
    return 0;
  }
  return to;
}

/** Bytes the structure of an entry takes, allocator overhead included. O(its parts). */
export function objectBytes(entry: usize, word: u32): u64 {
  const structure = structureOf(entry, word);
  if (typeOf(word) == TYPE_MODULE) return moduleBytes(detailOf(entry, word) & MODULE_MASK, structure);
  const list = changetype<List>(structure);
  return <u64>list.dataBytes + costOf(structure) + costOf(list.head) + sortedSetIndexBytes(structure);
}

/** 0 when the structure is sound. */
export function checkObject(entry: usize, word: u32): i32 {
  return typeOf(word) == TYPE_ZSET ? checkSortedSet(structureOf(entry, word)) : 0;
}

// What `visitObjects` does with each.
const RELEASE: u32 = 0;
const CHECK: u32 = 1;

/** Before the whole keyspace is cleared. */
export function releaseAll(engine: Engine): void {
  if (engine.objects) visitObjects(engine, RELEASE);
}

/** Number of the first broken invariant, negative; or the bytes of all structures. */
export function checkAll(engine: Engine): i64 {
  return visitObjects(engine, CHECK);
}

function visitObjects(engine: Engine, what: u32): i64 {
  const table = engine.table;
  let bytes: i64 = 0;
  for (let from: u64 = 0; from < 0x1_0000_0000; ) {
    const address = segmentFor(table, <u32>from);
    const segment = changetype<Segment>(address);
    for (let index: u32 = 0; index < segment.slots; index++) {
      const entry = <usize>(taggedAt(table.probing, address, segment.slots, index) & ~TAG_MASK);
      if (!entry) continue;
      const word = load<u32>(entry);
      if (!isObject(word)) continue;
      if (what == RELEASE) {
        releaseObject(engine, entry, word);
      } else {
        const broken = checkObject(entry, word);
        if (broken) return -broken;
        bytes += objectBytes(entry, word);
      }
    }
    from += <u64>1 << (32 - segment.localDepth);
  }
  return bytes;
}
