/** `rendezvous` and `jump`: consistent hashing that keeps no state. */

import { Arena } from '../../../bindings/arena.js';
import { hashRingKernel } from '../../../bindings/kernels/structures/hash-ring.js';
import { eachU32, roomFor, type SketchKey, stageBytes, stageRecord, u32Of } from '../../../bindings/keys.js';
import { checkInteger, seedWords } from '../../../bindings/sketch.js';
import { describe } from '../../../bindings/staging.js';
import { maxBytesOf } from '../../../bindings/strings.js';
import { type NodeList, nodesOf } from './node-table.js';

export interface RendezvousOptions {
  /** Seed of the hash, 0 to 2^64 − 1. Default 0. */
  seed?: number | bigint;
  /** Whose staging block is used. Default `Arena.default`. */
  arena?: Arena;
}

const MOST_BUCKETS = 2 ** 31 - 1;

/**
 * The node with the best draw for the key, in proportion to the weights (the logarithmic method of C. Schindelhauer and
 * G. Schomaker, 2005). A node that goes moves its own keys only, one that comes takes its share of each. The order of the
 * nodes does not matter. `undefined` when there are none. O(nodes).
 */
export function rendezvous(key: SketchKey, nodes: NodeList, options?: RendezvousOptions): string | undefined {
  const list = nodesOf(nodes);
  if (list.length === 0) return undefined;
  return list[draw(key, list, options).best]?.[0];
}

/** The n best nodes for the key, the best first: its own, and where its replicas go. O(nodes · log nodes). */
export function rendezvousRange(key: SketchKey, nodes: NodeList, n: number, options?: RendezvousOptions): string[] {
  checkInteger(n, 'n', 0, 2 ** 32 - 1);
  const list = nodesOf(nodes);
  if (list.length === 0) return [];
  const { arena, out } = draw(key, list, options);
  const scores = arena.f64.slice(out >>> 3, (out >>> 3) + list.length);
  return [...list.keys()]
    .sort((a, b) => (scores[a] as number) - (scores[b] as number))
    .slice(0, n)
    .map((i) => list[i]?.[0] as string);
}

function draw(
  key: SketchKey,
  nodes: readonly (readonly [string, number])[],
  { arena = Arena.default, seed }: RendezvousOptions = {},
): { arena: Arena; best: number; out: number } {
  const kernel = arena.kernel(hashRingKernel);
  const words = seedWords(seed);
  const bytes = typeof key === 'number' ? littleEndian(u32Of(key)) : key;
  const keyRoom = roomFor(bytes);
  let room = 4 + keyRoom;
  for (const [node] of nodes) room += 4 + maxBytesOf(node);
  const weights = arena.scratch(16 * nodes.length + room);
  const out = weights + 8 * nodes.length;
  const records = out + 8 * nodes.length;
  let at = stageRecord(arena, records, bytes, keyRoom);
  const f64 = arena.f64;
  for (let i = 0; i < nodes.length; i++) {
    const [node, weight] = nodes[i] as readonly [string, number];
    f64[(weights >>> 3) + i] = weight;
    at = stageRecord(arena, at, node, maxBytesOf(node));
  }
  return { arena, out, best: kernel.rendezvous(records, nodes.length, weights, ...words, out) };
}

function littleEndian(key: number): Uint8Array {
  return Uint8Array.of(key, key >>> 8, key >>> 16, key >>> 24);
}

/**
 * Jump consistent hash (J. Lamping and E. Veach, 2014): the bucket of a key, 0 to buckets − 1, in O(log buckets) without any
 * memory. Only the last bucket can go. Equal keys in other implementations have equal buckets.
 *
 * @param key an integer from 0 to 2^64 − 1; or a string or bytes, of which xxh64 is the key
 * @param buckets 1 to 2^31 − 1
 */
export function jump(
  key: number | bigint | string | Uint8Array,
  buckets: number,
  { arena = Arena.default }: { arena?: Arena } = {},
): number {
  checkInteger(buckets, 'buckets', 1, MOST_BUCKETS);
  const kernel = arena.kernel(hashRingKernel);
  if (typeof key === 'number') {
    if (!(Number.isSafeInteger(key) && key >= 0)) {
      throw new RangeError(`A numeric key must be an integer from 0 to 2^53 − 1, got ${key}`);
    }
    return kernel.jump(key | 0, Math.floor(key / 2 ** 32) | 0, buckets);
  }
  if (typeof key === 'bigint') {
    if (key < 0n || key >= 1n << 64n) throw new RangeError(`A bigint key must be from 0 to 2^64 − 1, got ${key}`);
    return kernel.jump(Number(key & 0xffff_ffffn) | 0, Number(key >> 32n) | 0, buckets);
  }
  const room = roomFor(key);
  const at = arena.scratch(room);
  return kernel.jumpBytes(at, stageBytes(arena, at, key, room), buckets);
}

/** `jump` of many numbers. */
export function jumpMany(
  keys: Uint32Array,
  buckets: number,
  { arena = Arena.default }: { arena?: Arena } = {},
): Uint32Array<ArrayBuffer> {
  if (!(keys instanceof Uint32Array)) throw new TypeError(`keys must be a Uint32Array, got ${describe(keys)}`);
  checkInteger(buckets, 'buckets', 1, MOST_BUCKETS);
  const kernel = arena.kernel(hashRingKernel);
  const out = new Uint32Array(keys.length);
  let done = 0;
  eachU32(arena, keys, (at, count) => {
    kernel.jumpMany(at, count, buckets, at);
    out.set(arena.u32.subarray(at >>> 2, (at >>> 2) + count), done);
    done += count;
  });
  return out;
}
