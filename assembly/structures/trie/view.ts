// One view of the three tries for what is written once: walks, matching, completion, verification. A node is where the
// bytes so far lead; its label, which only radix tries have, follows the byte that led to it.

import { flagsOf, PLAIN, RADIX, ROOT, roundedUp, TYPE, weightAt } from './layout';
import { PLAIN_BOUND, plainCell, plainChild, plainChildBefore, plainChildFrom, plainFind } from './plain';
import {
  kindOf,
  labelBytesOf,
  labelOf,
  LEAF,
  radixBound,
  radixCell,
  RADIX_BOUND,
  radixChild,
  radixChildBefore,
  radixChildFrom,
  radixFind,
} from './radix';
import {
  TERNARY_BOUND,
  ternaryCell,
  ternaryChild,
  ternaryChildBefore,
  ternaryChildFrom,
  ternaryFind,
} from './ternary';

/** The cell of a key, or 0. */
export function findCell(trie: usize, at: usize, bytes: u32): usize {
  const type = flagsOf(trie) & TYPE;
  if (type == RADIX) return radixFind(trie, at, bytes);
  if (type == PLAIN) {
    const node = plainFind(trie, at, bytes);
    return node ? plainCell(node) : 0;
  }
  const node = ternaryFind(trie, at, bytes);
  return node ? ternaryCell(node) : 0;
}

/** Cell of the key that ends at a node, or 0. */
export function cellOf(flags: u32, node: usize): usize {
  const type = flags & TYPE;
  return type == RADIX ? radixCell(node) : type == PLAIN ? plainCell(node) : ternaryCell(node);
}

export function childOf(flags: u32, node: usize, byte: u32): usize {
  const type = flags & TYPE;
  return type == RADIX
    ? radixChild(node, byte)
    : type == PLAIN
      ? plainChild(node, byte)
      : ternaryChild(node, byte);
}

/** The child of the lowest byte that is `from` or above, see `found`; `from` may be 256. */
export function childFrom(flags: u32, node: usize, from: u32): u64 {
  const type = flags & TYPE;
  return type == RADIX
    ? radixChildFrom(node, from)
    : type == PLAIN
      ? plainChildFrom(node, from)
      : ternaryChildFrom(node, from);
}

/** The child of the highest byte that is `to` or below. */
export function childBefore(flags: u32, node: usize, to: u32): u64 {
  const type = flags & TYPE;
  return type == RADIX
    ? radixChildBefore(node, to)
    : type == PLAIN
      ? plainChildBefore(node, to)
      : ternaryChildBefore(node, to);
}

export function labelBytes(flags: u32, node: usize): u32 {
  return (flags & TYPE) == RADIX ? labelBytesOf(node) : 0;
}

/** Meaningless without a label. */
export function labelAt(flags: u32, node: usize): usize {
  return labelOf(flags, node);
}

/** Whether nothing can be below a node: certain when true. */
// @ts-ignore: decorator
@inline
export function isLeaf(flags: u32, node: usize): bool {
  return (flags & TYPE) == RADIX && kindOf(node) == LEAF;
}

/** At or above the weight of every key here and below; exact where nothing is below. */
export function boundAt(flags: u32, node: usize): f64 {
  const type = flags & TYPE;
  if (type == RADIX) {
    return kindOf(node) == LEAF ? weightAt(flags, radixCell(node)) : <f64>load<f32>(node, RADIX_BOUND);
  }
  if (!childFrom(flags, node, 0)) {
    const cell = cellOf(flags, node);
    return cell ? weightAt(flags, cell) : -Infinity;
  }
  return <f64>load<f32>(node + (type == PLAIN ? PLAIN_BOUND : TERNARY_BOUND));
}

/** Lowers a bound to what was found to be the highest weight at a node and below. */
export function lowerBound(flags: u32, node: usize, weight: f64): void {
  const type = flags & TYPE;
  if (type == RADIX && kindOf(node) == LEAF) return;
  const at = node + (type == RADIX ? RADIX_BOUND : type == PLAIN ? PLAIN_BOUND : TERNARY_BOUND);
  const bound = roundedUp(weight);
  if (bound < load<f32>(at)) store<f32>(at, bound);
}

/** The bound as it is kept. */
export function keptBound(flags: u32, node: usize): f32 {
  const type = flags & TYPE;
  if (type == RADIX) return radixBound(flags, node);
  return load<f32>(node + (type == PLAIN ? PLAIN_BOUND : TERNARY_BOUND));
}

// @ts-ignore: decorator
@inline
export function rootOf(trie: usize): usize {
  return load<u32>(trie, ROOT);
}
