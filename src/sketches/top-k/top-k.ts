/** `TopK`: the k most frequent keys of a stream, with about how often they came. */

import { Arena } from '../../../bindings/arena.js';
import { ENVELOPE_BYTES, envelope, refused, seal, unseal } from '../../../bindings/envelope.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import {
  BYTE_KEYS,
  DROPPED_BYTES,
  SPACE_SAVING,
  type TopKKernel,
  topKKernel,
} from '../../../bindings/kernels/sketches/top-k.js';
import { type Bytes, eachRecord, roomFor } from '../../../bindings/keys.js';
import { checkInteger, Made, type SeededOptions, Sketch, seedWords } from '../../../bindings/sketch.js';
import { describe } from '../../../bindings/staging.js';
import { readString } from '../../../bindings/strings.js';

const KIND: StructureKind = { number: 17, name: 'TopK' };
const VERSION = 1;
const HEADER_BYTES = 56;
const ENTRY_BYTES = 12;
const [MOST_K, MOST_DEPTH, MOST_BUCKETS] = [2 ** 20, 64, 2 ** 27];
const [DEFAULT_WIDTH, DEFAULT_DEPTH, DEFAULT_DECAY] = [8, 7, 0.9];
/** As TOPK.INCRBY has it: HeavyKeeper throws dice for each. */
const MOST_INCREMENT = 100_000;

/** How keys are handed out: as strings, or as bytes. */
export type TopKKeys = 'string' | 'bytes';
export type TopKKey<K extends TopKKeys> = K extends 'bytes' ? Uint8Array<ArrayBuffer> : string;
export type TopKAlgorithm = 'heavy-keeper' | 'space-saving';

/** Options of `new TopK()`. */
export interface TopKOptions<K extends TopKKeys = 'string'> extends SeededOptions {
  /** How many keys are listed, 1 to 2^20. */
  k: number;
  /** Default `'heavy-keeper'`. `'space-saving'` has no chance in it, never counts too low, and needs a larger k. */
  algorithm?: TopKAlgorithm;
  /** HeavyKeeper: buckets of a row, from 1. Default 8 or k, whichever is more. */
  width?: number;
  /** HeavyKeeper: rows, 1 to 64. Default 7. */
  depth?: number;
  /** HeavyKeeper: how likely a bucket loses one of c to another key is decay^c; above 0, to 1. Default 0.9. */
  decay?: number;
  /** Whether keys are handed out as strings (bytes that are no UTF-8 become U+FFFD) or as bytes. Default `'string'`. */
  keys?: K;
}

export interface TopKEntry<K extends TopKKeys = 'string'> {
  readonly key: TopKKey<K>;
  readonly count: number;
  /** Most by which the count is too high, with Space-Saving; 0 with HeavyKeeper, which cannot tell. */
  readonly error: number;
}

export interface TopKStats {
  readonly algorithm: TopKAlgorithm;
  readonly k: number;
  /** 0 with Space-Saving. */
  readonly width: number;
  readonly depth: number;
  readonly decay: number;
  /** Keys listed. */
  readonly size: number;
  /** All increments. */
  readonly total: number;
}

/** The most frequent keys: HeavyKeeper (J. Gong et al., 2018) or Space-Saving (A. Metwally et al., 2005). */
export class TopK<K extends TopKKeys = 'string'> extends Sketch<TopKKernel> {
  /**
   * @throws RangeError, TypeError for options that no sketch has
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: TopKOptions<K> | Adopted | Made) {
    if (options === null || typeof options !== 'object') {
      throw new TypeError(`TopK needs options with k, got ${describe(options)}`);
    }
    super(KIND, topKKernel, options, (_, kernel) => make(kernel, options as TopKOptions<K>));
  }

  /** The sketch of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open<K extends TopKKeys = 'string'>(arena: Arena, name: string): TopK<K> {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof TopK ? (handle as TopK<K>) : new TopK<K>(new Adopted(arena, root));
  }

  /**
   * The sketch that `toBytes()` wrote. O(bytes).
   *
   * @throws SnapshotError when the bytes are truncated, altered, of another format, or say what no sketch is
   * @throws ArenaFullError
   */
  static fromBytes<K extends TopKKeys = 'string'>(bytes: Uint8Array, options: HandleOptions = {}): TopK<K> {
    const arena = options.arena ?? Arena.default;
    if (options.name !== undefined) arena.assertNameFree(options.name);
    return new TopK<K>(new Made(arena, load(arena, bytes), options.name));
  }

  /** How many keys are listed at most. */
  get k(): number {
    return this.word(0);
  }

  get algorithm(): TopKAlgorithm {
    return (this.word(12) & SPACE_SAVING) === 0 ? 'heavy-keeper' : 'space-saving';
  }

  /** How keys are handed out. */
  get keys(): K {
    return ((this.word(12) & BYTE_KEYS) === 0 ? 'string' : 'bytes') as K;
  }

  /** Seed of the hash and of chance, a u64. */
  get seed(): bigint {
    return this.wide(16);
  }

  /** Keys listed now. */
  get size(): number {
    return this.word(48);
  }

  stats(): TopKStats {
    return {
      algorithm: this.algorithm,
      k: this.k,
      width: this.word(4),
      depth: this.word(8),
      decay: this.float(24),
      size: this.size,
      total: this.float(40),
    };
  }

  /**
   * Adds a key once; returns the key that it dropped from the list, if any. O(depth + log k).
   *
   * @throws ArenaFullError when the arena has no room for the key; the sketch is as it was
   */
  add(key: Bytes): TopKKey<K> | undefined {
    return this.incrBy(key, 1);
  }

  /** Adds a key `increment` times, 1 to 100 000; returns the key that it dropped from the list, if any. Throws as `add`. */
  incrBy(key: Bytes, increment: number): TopKKey<K> | undefined {
    const root = this.alive;
    checkInteger(increment, 'increment', 1, MOST_INCREMENT);
    const status = this.kernel.add(root, this.staged(key), this.stagedBytes, increment);
    if (status < 0) throw this.#full();
    return status === 2 ? this.#dropped() : undefined;
  }

  /**
   * Adds many keys, once each or each as often as `increments` says; returns for each the key that it dropped, if any.
   *
   * @throws ArenaFullError when the arena has no room for a key: those before it were added, it and those behind it not
   */
  addMany(keys: Iterable<Bytes>, increments?: readonly number[] | Uint32Array): (TopKKey<K> | undefined)[] {
    const { alive: root, arena, kernel } = this;
    const list = listOf(keys);
    const words = wordsOf(increments, list.length);
    const out = new Array<TopKKey<K> | undefined>(list.length).fill(undefined);
    if (list.length === 0) return out;
    const block = arena.alloc(8 + (words === undefined ? 0 : 4 * list.length));
    try {
      if (words !== undefined) arena.u32.set(words, (block + 8) >>> 2);
      let done = 0;
      eachRecord(arena, list, (at, number) => {
        let next = at;
        for (const end = done + number; done < end; ) {
          const counts = words === undefined ? 0 : block + 8 + 4 * done;
          done += kernel.addMany(root, next, end - done, counts, block);
          const status = arena.u32[block >>> 2] as number;
          next = arena.u32[(block + 4) >>> 2] as number;
          if (status === 2) out[done - 1] = this.#dropped();
          else if (status > 2) throw this.#full();
        }
      });
    } finally {
      arena.free(block);
    }
    return out;
  }

  /** Whether the key is listed. O(1). */
  query(key: Bytes): boolean {
    const root = this.alive;
    return this.kernel.has(root, this.staged(key), this.stagedBytes) !== 0;
  }

  /** Whether each key is listed, 0 or 1. */
  queryMany(keys: Iterable<Bytes>): Uint8Array<ArrayBuffer> {
    const root = this.alive;
    const list = listOf(keys);
    const out = new Uint8Array(list.length);
    eachRecord(this.arena, list, (at, number, to) => this.kernel.hasMany(root, at, number, to), out);
    return out;
  }

  /**
   * About how often the key came. HeavyKeeper also knows keys that are not listed, is mostly too low, and too high where two keys
   * have one fingerprint; Space-Saving is too high by at most the error, and 0 for what is not listed. O(depth).
   */
  count(key: Bytes): number {
    const root = this.alive;
    return this.kernel.count(root, this.staged(key), this.stagedBytes) >>> 0;
  }

  /** The listed keys, those with the highest counts first, equal counts in the order of their bytes. O(k log k). */
  list(): TopKEntry<K>[] {
    const { arena } = this;
    const rows = this.#rows();
    const u8 = arena.u8Until(0);
    const bytesOf = ({ key, bytes }: Row) => u8.subarray(key, key + bytes);
    rows.sort((a, b) => b.count - a.count || compare(bytesOf(a), bytesOf(b)));
    return rows.map(({ count, error, key, bytes }) => ({ key: this.#keyAt(key, bytes), count, error }));
  }

  /** Iterates over a copy of the list, as `list()` gives it. */
  [Symbol.iterator](): IterableIterator<TopKEntry<K>> {
    return this.list()[Symbol.iterator]();
  }

  /** Forgets every key. O(k + width · depth). */
  clear(): void {
    this.kernel.clear(this.alive);
  }

  /** The sketch as bytes, the same on every platform. O(bytes). The layout is on the room's page. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const { alive: root, arena, kernel } = this;
    const rows = this.#rows();
    const [from, size] = [kernel.buckets(root) >>> 0, kernel.bytesOfBuckets(root)];
    const keys = rows.reduce((sum, { bytes }) => sum + ENTRY_BYTES + bytes, 0);
    const out = envelope(KIND, VERSION, HEADER_BYTES + size + keys);
    const head = new DataView(out.buffer, ENVELOPE_BYTES);
    const u8 = arena.u8Until(from + size);
    out.set(u8.subarray(root, root + 48), ENVELOPE_BYTES);
    head.setUint32(48, rows.length, true);
    out.set(u8.subarray(from, from + size), ENVELOPE_BYTES + HEADER_BYTES);
    let at = HEADER_BYTES + size;
    for (const { count, error, key, bytes } of rows) {
      head.setUint32(at, count, true);
      head.setUint32(at + 4, error, true);
      head.setUint32(at + 8, bytes, true);
      out.set(u8.subarray(key, key + bytes), ENVELOPE_BYTES + at + ENTRY_BYTES);
      at += ENTRY_BYTES + bytes;
    }
    return seal(arena, out);
  }

  /** Verifies every invariant; throws when one is broken. O(bytes). For tests and fuzzers. */
  check(): void {
    const broken = this.kernel.check(this.alive);
    if (broken !== 0) throw new Error(`TopK: invariant ${broken} is broken`);
  }

  /** The entries in the order of the heap. */
  #rows(): Row[] {
    const root = this.alive;
    const { arena, size } = this;
    const at = arena.scratch(16 * size);
    this.kernel.entries(root, at);
    const words = arena.u32.slice(at >>> 2, (at >>> 2) + 4 * size);
    return Array.from({ length: size }, (_, i) => ({
      count: words[4 * i] as number,
      error: words[4 * i + 1] as number,
      key: words[4 * i + 2] as number,
      bytes: words[4 * i + 3] as number,
    }));
  }

  #dropped(): TopKKey<K> {
    return this.#keyAt(this.kernel.dropped(this.alive) >>> 0, this.word(DROPPED_BYTES));
  }

  #keyAt(from: number, bytes: number): TopKKey<K> {
    const u8 = this.arena.u8Until(from + bytes);
    const key = this.keys === 'bytes' ? u8.slice(from, from + bytes) : readString(u8, from, from + bytes);
    return key as TopKKey<K>;
  }

  #full(): ArenaFullError {
    return new ArenaFullError(this.arena, 'a key of a TopK');
  }
}

/** An entry as the kernel has it. */
interface Row {
  readonly count: number;
  readonly error: number;
  readonly key: number;
  readonly bytes: number;
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const least = Math.min(a.length, b.length);
  for (let i = 0; i < least; i++) if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number);
  return a.length - b.length;
}

function make(kernel: TopKKernel, options: TopKOptions<TopKKeys>): number {
  const { k, algorithm = 'heavy-keeper', keys = 'string', seed } = options;
  checkInteger(k, 'k', 1, MOST_K);
  if (algorithm !== 'heavy-keeper' && algorithm !== 'space-saving') {
    throw new RangeError(`algorithm must be 'heavy-keeper' or 'space-saving', got ${describe(algorithm)}`);
  }
  if (keys !== 'string' && keys !== 'bytes') {
    throw new RangeError(`keys must be 'string' or 'bytes', got ${describe(keys)}`);
  }
  const byteKeys = keys === 'bytes' ? BYTE_KEYS : 0;
  if (algorithm === 'space-saving') {
    for (const name of ['width', 'depth', 'decay'] as const) {
      if (options[name] !== undefined) throw new RangeError(`Space-Saving has no ${name}, got ${options[name]}`);
    }
    return kernel.create(k, 0, 0, SPACE_SAVING | byteKeys, ...seedWords(seed), 1);
  }
  const { width = Math.max(DEFAULT_WIDTH, k), depth = DEFAULT_DEPTH, decay = DEFAULT_DECAY } = options;
  checkInteger(width, 'width', 1, MOST_BUCKETS);
  checkInteger(depth, 'depth', 1, MOST_DEPTH);
  if (width * depth > MOST_BUCKETS) {
    throw new RangeError(`A sketch has at most ${MOST_BUCKETS} buckets, got ${width} × ${depth}`);
  }
  if (typeof decay !== 'number') throw new TypeError(`decay must be a number, got ${typeof decay}`);
  if (!(decay > 0 && decay <= 1)) throw new RangeError(`decay must be above 0 and at most 1, got ${decay}`);
  return kernel.create(k, width, depth, byteKeys, ...seedWords(seed), decay);
}

/** The keys as a list of which each was looked at, so that nothing is refused half-way. */
function listOf(keys: Iterable<Bytes>): readonly Bytes[] {
  if (keys === null || typeof keys !== 'object' || !(Symbol.iterator in keys) || ArrayBuffer.isView(keys)) {
    throw new TypeError(`keys must be an iterable of strings and Uint8Arrays, got ${describe(keys)}`);
  }
  const list = Array.isArray(keys) ? (keys as Bytes[]) : [...keys];
  for (const key of list) roomFor(key);
  return list;
}

function wordsOf(increments: readonly number[] | Uint32Array | undefined, length: number): Uint32Array | undefined {
  if (increments === undefined) return undefined;
  if (!Array.isArray(increments) && !(increments instanceof Uint32Array)) {
    throw new TypeError(`increments must be a Uint32Array or an array of numbers, got ${describe(increments)}`);
  }
  if (increments.length !== length) {
    throw new RangeError(`There must be an increment for each of ${length} keys, got ${increments.length}`);
  }
  for (const increment of increments) checkInteger(increment, 'increment', 1, MOST_INCREMENT);
  return Uint32Array.from(increments);
}

/** Makes a sketch of bytes that are not trusted; returns its address. */
function load(arena: Arena, bytes: Uint8Array): number {
  const payload = new Uint8Array(unseal(arena, KIND, VERSION, bytes));
  if (payload.length < HEADER_BYTES) throw refused(KIND, `${payload.length} bytes are no header`);
  const head = new DataView(payload.buffer);
  const [k, width, depth, traits, size, unused] = [0, 4, 8, 12, 48, 52].map((at) => head.getUint32(at, true)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [decay, total] = [head.getFloat64(24, true), head.getFloat64(40, true)];
  const buckets = width * depth;
  const shaped =
    (traits & SPACE_SAVING) === 0
      ? buckets >= 1 && depth <= MOST_DEPTH && buckets <= MOST_BUCKETS && decay > 0 && decay <= 1
      : width === 0 && depth === 0 && decay === 1;
  const counted = Number.isSafeInteger(total) && total >= 0 && !Object.is(total, -0);
  if (!(shaped && counted && k >= 1 && k <= MOST_K && traits < 4 && size <= k && unused === 0)) {
    throw refused(KIND, 'a field of the header is out of range');
  }
  if (HEADER_BYTES + 8 * buckets + ENTRY_BYTES * size > payload.length) {
    throw refused(KIND, `${payload.length} bytes are too few for ${buckets} buckets and ${size} keys`);
  }
  const kernel = arena.kernel(topKKernel);
  const seed = seedWords(head.getBigUint64(16, true));
  const root = kernel.create(k, width, depth, traits, ...seed, decay) >>> 0;
  if (root === 0) throw new ArenaFullError(arena, 'a TopK', payload.length);
  try {
    fill(arena, kernel, root, payload, size);
  } catch (error) {
    kernel.destroy(root);
    throw error;
  }
  return root;
}

function fill(arena: Arena, kernel: TopKKernel, root: number, payload: Uint8Array<ArrayBuffer>, size: number): void {
  const head = new DataView(payload.buffer);
  const [from, bytes] = [kernel.buckets(root) >>> 0, kernel.bytesOfBuckets(root)];
  const u8 = arena.u8Until(from + bytes);
  // State of chance, and total: they follow each other here and there.
  u8.set(payload.subarray(32, 48), root + 32);
  u8.set(payload.subarray(HEADER_BYTES, HEADER_BYTES + bytes), from);
  let at = HEADER_BYTES + bytes;
  for (let i = 0; i < size; i++) {
    if (at + ENTRY_BYTES > payload.length) throw refused(KIND, `it ends in key ${i}`);
    const [count, error, length] = [0, 4, 8].map((of) => head.getUint32(at + of, true)) as [number, number, number];
    at += ENTRY_BYTES;
    if (length > payload.length - at) throw refused(KIND, `key ${i} is said to have ${length} bytes`);
    const room = arena.scratch(length);
    arena.u8Until(room + length).set(payload.subarray(at, at + length), room);
    const status = kernel.restore(root, room, length, count, error);
    if (status < 0) throw new ArenaFullError(arena, 'a key of a TopK', length);
    if (status === 0) throw refused(KIND, `key ${i} is there twice or out of order`);
    at += length;
  }
  if (at !== payload.length) throw refused(KIND, `${payload.length} bytes where ${at} were stated`);
  const broken = kernel.check(root);
  if (broken !== 0) throw refused(KIND, `invariant ${broken} does not hold`);
}
