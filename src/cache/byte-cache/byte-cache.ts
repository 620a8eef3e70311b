/** `ByteCache`: keys and values as bytes in an arena, within an exact number of bytes. */

import { Arena } from '../../../bindings/arena.js';
import { ENVELOPE_BYTES, envelope, refused, seal, unseal } from '../../../bindings/envelope.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import {
  type ByteCacheKernel,
  byteCacheKernel,
  EVICTED,
  EXPIRED,
  EXPIRES,
  EXPIRING,
  FLAGS,
  HITS,
  KEY_BYTES,
  LRU,
  MISSES,
  POLICY,
  REJECTED,
  S3_FIFO,
  SEGMENT_LOG,
  SIEVE,
  STORED,
  TTL,
  VALUE_BYTES,
} from '../../../bindings/kernels/cache/byte-cache.js';
import { type Bytes, roomFor, roomForPart, stageBytes, stagePart } from '../../../bindings/keys.js';
import { SharedArenaError } from '../../../bindings/participants.js';
import { checkInteger, Sketch } from '../../../bindings/sketch.js';
import { checkBytes, describe } from '../../../bindings/staging.js';
import { readString } from '../../../bindings/strings.js';
import { type Clock, systemClock } from '../../ports/clock.js';

/** How a byte cache chooses what goes. */
export type ByteCachePolicy = 's3-fifo' | 'sieve' | 'lru';

/** Options of `new ByteCache()`. */
export interface ByteCacheOptions extends HandleOptions {
  /**
   * Bytes the cache takes from its arena, once, and never more: entries, index, ghosts, every header, and what
   * allocation wastes. 16 KiB for each segment to 4 GiB − 64 KiB.
   */
  maxBytes: number;
  /** Default `'s3-fifo'`. */
  policy?: ByteCachePolicy;
  /** Milliseconds after which an entry expires, unless `set` is told another number. Default 0: never. */
  ttl?: number;
  /**
   * Parts of which each has its share of the keys and of the bytes, and its own order of eviction: a power of two up to
   * 1024. Default 1. More of them make sense where many threads share the cache.
   */
  segments?: number;
  /** What tells the time, read only while entries expire. Default the platform's. */
  clock?: Clock;
}

export interface ByteCacheOpenOptions {
  clock?: Clock;
}

export interface ByteCacheSetOptions {
  /** Milliseconds until this entry expires; 0 for never. Default the cache's. */
  ttl?: number;
}

export interface ByteCacheStats {
  readonly size: number;
  readonly hits: number;
  readonly misses: number;
  /** Values that were stored, new or again. */
  readonly stored: number;
  /** Entries that ended for room. */
  readonly evicted: number;
  /** Entries that were found to have expired. */
  readonly expired: number;
  /** Values that were too large: more than half a segment. */
  readonly rejected: number;
  /** Where the arena is shared: segments that a thread died over while it wrote, and that were emptied. */
  readonly recovered: number;
  /** Bytes in use within the budget. */
  readonly bytesUsed: number;
  /** Bytes the cache costs its arena, whatever is in it. */
  readonly bytes: number;
}

const KIND: StructureKind = { number: 60, name: 'ByteCache' };
const VERSION = 1;
const POLICIES: readonly ByteCachePolicy[] = ['lru', 'sieve', 's3-fifo'];
const POLICY_NUMBERS = { lru: LRU, sieve: SIEVE, 's3-fifo': S3_FIFO } as const;
const LEAST_BYTES = 16_384;
const MOST_BYTES = 65_535 * 65_536;
const MAX_SEGMENTS_LOG = 10;
const MAX_KEY_BYTES = 65_535;
/** Copied one by one up to here: a call into the engine costs more. */
const SHORT_BYTES = 32;
// A dump: u32 count, 0; then of each entry f64 expiry, u32 key bytes, u32 value bytes, key, value, up to a multiple of 8.
const DUMP_HEAD_BYTES = 8;
const RECORD_BYTES = 16;

/**
 * A cache of bytes whose size is exact, which the garbage collector does not see, and which a snapshot of its arena
 * holds. Everything O(1) expected; a `set` may end as many entries as its value needs the room of.
 */
export class ByteCache extends Sketch<ByteCacheKernel> implements Iterable<[Uint8Array, Uint8Array]> {
  readonly #clock: Clock;
  readonly #ttl: number;
  /** False until an entry was stored that expires: until then nobody asks for the time. */
  #expiring: boolean;
  /** This thread's slot, where the arena is shared; else 0. */
  readonly #me: number;
  /** Address and length of the value that `#locate` found. */
  #entry = 0;
  #from = 0;
  #length = 0;
  /** Where the arena is shared: bytes that the last values needed, and what this handle counted. */
  #space = 1024;
  #hits = 0;
  #misses = 0;

  /**
   * @throws TypeError, RangeError for options
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: ByteCacheOptions | Adopted, openOptions: ByteCacheOpenOptions = {}) {
    if (options === null || typeof options !== 'object') {
      throw new TypeError(`ByteCache takes options, got ${describe(options)}`);
    }
    super(KIND, byteCacheKernel, options, (arena, kernel) => make(arena, kernel, options as ByteCacheOptions));
    const { clock = systemClock } = options instanceof Adopted ? openOptions : options;
    this.#clock = clock;
    this.#ttl = this.float(TTL);
    this.#me = this.arena.slot;
    // Other threads may store what expires at any time.
    this.#expiring = this.#me !== 0 || this.word(EXPIRING) !== 0;
  }

  /** The cache of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string, options: ByteCacheOpenOptions = {}): ByteCache {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof ByteCache ? handle : new ByteCache(new Adopted(arena, root), options);
  }

  /** Entries, those among them that have expired and were not yet found to have. O(segments). */
  get size(): number {
    return this.kernel.count(this.alive) >>> 0;
  }

  get policy(): ByteCachePolicy {
    return POLICIES[this.word(POLICY)] as ByteCachePolicy;
  }

  get segments(): number {
    return 2 ** this.word(SEGMENT_LOG);
  }

  /** A copy of the value, `undefined` when the key is not there. O(1) and the length of the value. */
  get(key: Bytes): Uint8Array<ArrayBuffer> | undefined {
    return this.#locate(key, false) ? this.#copy() : undefined;
  }

  /** The value as the text its UTF-8 bytes stand for. */
  getString(key: Bytes): string | undefined {
    if (!this.#locate(key, false)) return undefined;
    const end = this.#from + this.#length;
    return readString(this.arena.u8Until(end), this.#from, end);
  }

  /**
   * Copies the value into `target` and allocates nothing.
   *
   * @returns the value's length in bytes, or −1 when the key is not there; a value longer than the room in `target` from
   *   `offset` on is not copied, its length still returned
   */
  getInto(key: Bytes, target: Uint8Array, offset = 0): number {
    return this.#locate(key, false) ? this.#copyInto(target, offset) : -1;
  }

  /**
   * `getInto` for a key that is part of a larger array, `source[from]` to `source[end − 1]`, as in a buffer that was just
   * read: no view of it is made, and so nothing at all is allocated.
   *
   * @throws TypeError, RangeError when there is no such part
   */
  getPartInto(source: Uint8Array, from: number, end: number, target: Uint8Array, offset = 0): number {
    return this.#locate(source, false, from, end) ? this.#copyInto(target, offset) : -1;
  }

  #copyInto(target: Uint8Array, offset: number): number {
    const from = this.#from;
    const length = this.#length;
    if (length > target.length - offset) return length;
    const u8 = this.arena.u8Until(from + length);
    if (length <= SHORT_BYTES) for (let i = 0; i < length; i++) target[offset + i] = u8[from + i] as number;
    else target.set(u8.subarray(from, from + length), offset);
    return length;
  }

  /** As `get`, without being counted or keeping the entry any longer. */
  peek(key: Bytes): Uint8Array<ArrayBuffer> | undefined {
    return this.#locate(key, true) ? this.#copy() : undefined;
  }

  /** Whether the key is there; as `peek`, nobody is told. */
  has(key: Bytes): boolean {
    return this.#locate(key, true);
  }

  /** Milliseconds until the entry expires: infinity for never, `undefined` when the key is not there. */
  getRemainingTTL(key: Bytes): number | undefined {
    return this.#locate(key, true) ? this.#expiry - this.#now() : undefined;
  }

  /**
   * Stores a value. Others end where room is needed. O(1), and what ends.
   *
   * @returns false when the value is too large for the cache, more than half a segment with its key: what was there under
   *   the key ends all the same
   * @throws TypeError, RangeError for a key of more than 65 535 bytes, or a time to live that is none; nothing has changed
   */
  set(key: Bytes, value: Bytes, options?: ByteCacheSetOptions): boolean {
    const root = this.alive;
    const ttl = options?.ttl === undefined ? this.#ttl : checkTtl(options.ttl);
    const keyRoom = roomFor(key);
    const valueRoom = roomFor(value, 'value');
    const at = this.arena.scratch(keyRoom + valueRoom);
    const keyBytes = stageBytes(this.arena, at, key, keyRoom);
    if (keyBytes > MAX_KEY_BYTES) {
      throw new RangeError(`A key must be of at most ${MAX_KEY_BYTES} bytes, got ${keyBytes}`);
    }
    const valueBytes = stageBytes(this.arena, at + keyBytes, value, valueRoom);
    if (ttl !== 0) this.#expiring = true;
    const now = this.#now();
    const expiry = ttl === 0 ? Number.POSITIVE_INFINITY : now + ttl;
    return this.kernel.set(root, this.#me, at, keyBytes, at + keyBytes, valueBytes, expiry, now) > 0;
  }

  /** Ends an entry; false when the key is not there. O(1). */
  delete(key: Bytes): boolean {
    const root = this.alive;
    const at = this.staged(key);
    return this.kernel.remove(root, this.#me, at, this.stagedBytes, this.#now()) > 0;
  }

  /** Ends everything, and counts from 0 again. The memory stays the cache's. O(segments). */
  clear(): void {
    if (this.kernel.clear(this.alive, this.#me) < 0) throw busy();
    this.#expiring = this.#me !== 0;
    this.#hits = 0;
    this.#misses = 0;
  }

  /**
   * Ends every entry that has expired; how many. O(n). Not needed for correctness: what has expired is never given, and
   * gives its room back bit by bit as others are stored.
   */
  purgeStale(): number {
    return this.kernel.purge(this.alive, this.#me, this.#now()) >>> 0;
  }

  /**
   * Keys and values there are at the call, each a copy made when its turn comes: from those that stay longest to those
   * that go first, segment by segment. What ends or changes meanwhile may be left out or be given as it is then.
   */
  *entries(): IterableIterator<[Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>]> {
    for (const key of this.#keysNow()) {
      const value = this.peek(key);
      if (value !== undefined) yield [key, value];
    }
  }

  *keys(): IterableIterator<Uint8Array<ArrayBuffer>> {
    for (const key of this.#keysNow()) if (this.has(key)) yield key;
  }

  *values(): IterableIterator<Uint8Array<ArrayBuffer>> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): IterableIterator<[Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>]> {
    return this.entries();
  }

  stats(): ByteCacheStats {
    const root = this.alive;
    const total = (counter: number): number => this.kernel.total(root, counter);
    return {
      size: this.size,
      hits: this.#me === 0 ? total(HITS) : this.#hits,
      misses: this.#me === 0 ? total(MISSES) : this.#misses,
      stored: total(STORED),
      evicted: total(EVICTED),
      expired: total(EXPIRED),
      rejected: total(REJECTED),
      recovered: this.kernel.recovered(root) >>> 0,
      bytesUsed: this.kernel.usedBytes(root),
      bytes: this.kernel.bytesOf(root) >>> 0,
    };
  }

  /** Verifies every invariant; throws when one is broken. O(n). For tests and fuzzers. */
  check(): void {
    const broken = this.#alone(() => this.kernel.check(this.alive));
    if (broken !== 0) throw new Error(`ByteCache: invariant ${broken} is broken`);
  }

  /**
   * The entries as bytes, for a warm start: `load` takes them into any cache, of whatever size and policy. O(n). A snapshot
   * of the arena holds the cache itself, with its order, counters and ghosts.
   */
  dump(): Uint8Array<ArrayBuffer> {
    return this.#alone(() => this.#dumped());
  }

  /**
   * Stores what `dump` wrote, but for what has expired since; how many were stored. Entries that are there stay, as far as
   * there is room.
   *
   * @throws SnapshotError when the bytes are truncated, altered or of another format; nothing has changed
   */
  load(bytes: Uint8Array): number {
    const root = this.alive;
    checkBytes(bytes, 'What ByteCache.load takes');
    const payload = unseal(this.#hashing, KIND, VERSION, bytes);
    const records = recordsOf(payload);
    const now = this.#clock.now();
    let stored = 0;
    for (const { at, keyBytes, valueBytes, expiry } of records) {
      if (expiry <= now) continue;
      const staged = this.arena.scratch(keyBytes + valueBytes);
      const from = at + RECORD_BYTES;
      this.arena
        .u8Until(staged + keyBytes + valueBytes)
        .set(payload.subarray(from, from + keyBytes + valueBytes), staged);
      if (expiry !== Number.POSITIVE_INFINITY) this.#expiring = true;
      const done = this.kernel.set(root, this.#me, staged, keyBytes, staged + keyBytes, valueBytes, expiry, now);
      if (done > 0) stored++;
    }
    return stored;
  }

  /** Finds the value of a key, where nobody moves it until the next call. With `quiet` nobody is told. */
  #locate(key: Bytes, quiet: boolean, from = -1, end = -1): boolean {
    const root = this.alive;
    if (this.#me !== 0) return this.#locateShared(root, key, quiet, from, end);
    const at = from < 0 ? this.staged(key) : this.#stagedPart(key as Uint8Array, from, end);
    const now = this.#now();
    const { kernel, stagedBytes } = this;
    const entry = quiet ? kernel.peek(root, at, stagedBytes, now) : kernel.get(root, at, stagedBytes, now);
    if (entry === 0) return false;
    this.#entry = entry;
    this.#from = this.arena.resultLow;
    this.#length = this.arena.resultHigh;
    return true;
  }

  /** In a shared arena a value is copied to this thread's staging block while nobody writes. */
  #locateShared(root: number, key: Bytes, quiet: boolean, from: number, end: number): boolean {
    const room = from < 0 ? roomFor(key) : roomForPart(key as Uint8Array, from, end);
    for (;;) {
      const at = this.arena.scratch(room + 16 + this.#space);
      if (from >= 0) stagePart(this.arena, at, key as Uint8Array, from, end);
      const keyBytes = from < 0 ? stageBytes(this.arena, at, key, room) : room;
      const out = ((at + keyBytes + 7) & ~7) >>> 0;
      const now = this.#now();
      const length = this.kernel.read(root, this.#me, at, keyBytes, now, out, this.#space, quiet ? 1 : 0);
      if (length + 8 > this.#space) {
        this.#space = 2 * (length + 8);
        continue;
      }
      if (!quiet) {
        if (length < 0) this.#misses++;
        else this.#hits++;
      }
      this.#from = out + 8;
      this.#length = length;
      return length >= 0;
    }
  }

  #stagedPart(source: Uint8Array, from: number, end: number): number {
    this.stagedBytes = roomForPart(source, from, end);
    const at = this.arena.scratch(this.stagedBytes);
    stagePart(this.arena, at, source, from, end);
    return at;
  }

  #copy(): Uint8Array<ArrayBuffer> {
    const end = this.#from + this.#length;
    return this.arena.u8Until(end).slice(this.#from, end);
  }

  /** Where checksums are made: not in memory that others use. */
  get #hashing(): Arena {
    return this.#me === 0 ? this.arena : Arena.default;
  }

  /** When the entry expires that `#locate` found. */
  get #expiry(): number {
    if (this.#me !== 0) return this.arena.f64[(this.#from - 8) >>> 3] as number;
    return this.kernel.expiryOf(this.#entry);
  }

  /** Runs `action` while no other thread has any segment. */
  #alone<T>(action: () => T): T {
    if (this.#me === 0) return action();
    const { segments } = this;
    const root = this.alive;
    let taken = 0;
    try {
      for (; taken < segments; taken++) if (this.kernel.takeSegment(root, taken, this.#me) < 0) throw busy();
      return action();
    } finally {
      while (taken > 0) this.kernel.giveSegmentBack(root, --taken);
    }
  }

  #dumped(): Uint8Array<ArrayBuffer> {
    const now = this.#now();
    const found: number[] = [];
    let payloadBytes = DUMP_HEAD_BYTES;
    const u8 = this.arena.u8Until(0);
    const sizes = new DataView(u8.buffer);
    for (const entry of this.#addresses()) {
      if (this.kernel.expiryOf(entry) <= now) continue;
      found.push(entry);
      payloadBytes += recordBytes(sizes.getUint16(entry + KEY_BYTES, true), sizes.getUint32(entry + VALUE_BYTES, true));
    }
    const bytes = envelope(KIND, VERSION, payloadBytes);
    const view = new DataView(bytes.buffer);
    view.setUint32(ENVELOPE_BYTES, found.length, true);
    let at = ENVELOPE_BYTES + DUMP_HEAD_BYTES;
    // Those that go first come first: so that, loaded in this order, those that are worth most are stored last.
    for (const entry of found.reverse()) {
      const keyBytes = sizes.getUint16(entry + KEY_BYTES, true);
      const valueBytes = sizes.getUint32(entry + VALUE_BYTES, true);
      view.setFloat64(at, this.kernel.expiryOf(entry), true);
      view.setUint32(at + 8, keyBytes, true);
      view.setUint32(at + 12, valueBytes, true);
      const from = keyAt(sizes, entry);
      bytes.set(u8.subarray(from, from + keyBytes + valueBytes), at + RECORD_BYTES);
      at += recordBytes(keyBytes, valueBytes);
    }
    return seal(this.#hashing, bytes);
  }

  #now(): number {
    return this.#expiring ? this.#clock.now() : 0;
  }

  /** Addresses of the entries, valid until the next change. */
  *#addresses(): Generator<number> {
    const root = this.alive;
    const { segments } = this;
    for (let segment = 0; segment < segments; segment++) {
      const after = (entry: number): number => this.kernel.following(root, segment, entry) >>> 0;
      for (let entry = after(0); entry !== 0; entry = after(entry)) yield entry;
    }
  }

  #keysNow(): Uint8Array<ArrayBuffer>[] {
    return this.#alone(() => this.#keysAlone());
  }

  #keysAlone(): Uint8Array<ArrayBuffer>[] {
    const u8 = this.arena.u8Until(0);
    const view = new DataView(u8.buffer);
    return Array.from(this.#addresses(), (entry) => {
      const from = keyAt(view, entry);
      return u8.slice(from, from + view.getUint16(entry + KEY_BYTES, true));
    });
  }
}

function busy(): SharedArenaError {
  return new SharedArenaError('Another thread is writing, and this thread must not wait: try again');
}

function make(arena: Arena, kernel: ByteCacheKernel, options: ByteCacheOptions): number {
  const { maxBytes, policy = 's3-fifo', ttl = 0, segments = 1 } = options;
  const log = Math.log2(segments);
  if (!(Number.isInteger(log) && log >= 0 && log <= MAX_SEGMENTS_LOG)) {
    throw new RangeError(`segments must be a power of two from 1 to ${2 ** MAX_SEGMENTS_LOG}, got ${segments}`);
  }
  checkInteger(maxBytes, 'maxBytes', LEAST_BYTES * segments, MOST_BYTES);
  if (!POLICIES.includes(policy)) {
    throw new RangeError(`policy must be one of ${POLICIES.join(', ')}, got ${String(policy)}`);
  }
  checkTtl(ttl);
  const [low, high] = arena.seed;
  const root = kernel.create(POLICY_NUMBERS[policy], log, maxBytes, ttl, low, high) >>> 0;
  if (root === 0) throw new ArenaFullError(arena, 'a ByteCache', maxBytes);
  return root;
}

function checkTtl(ttl: number): number {
  if (typeof ttl !== 'number') throw new TypeError(`ttl must be a number of milliseconds, got ${describe(ttl)}`);
  if (!(ttl >= 0 && Number.isFinite(ttl))) throw new RangeError(`ttl must be finite and at least 0, got ${ttl}`);
  return ttl;
}

function keyAt(view: DataView, entry: number): number {
  return entry + 24 + (view.getUint8(entry + FLAGS) & EXPIRES ? 8 : 0);
}

function recordBytes(keyBytes: number, valueBytes: number): number {
  return Math.ceil((RECORD_BYTES + keyBytes + valueBytes) / 8) * 8;
}

/** Where the records of a payload are, once all of them were seen to be possible. */
function recordsOf(payload: Uint8Array) {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  if (payload.length < DUMP_HEAD_BYTES || view.getUint32(4, true) !== 0) throw refused(KIND, 'they have no header');
  const count = view.getUint32(0, true);
  const records: { at: number; keyBytes: number; valueBytes: number; expiry: number }[] = [];
  let at = DUMP_HEAD_BYTES;
  for (let i = 0; i < count; i++) {
    if (at + RECORD_BYTES > payload.length) throw refused(KIND, `${count} entries are not there`);
    const keyBytes = view.getUint32(at + 8, true);
    const valueBytes = view.getUint32(at + 12, true);
    const expiry = view.getFloat64(at, true);
    const end = at + recordBytes(keyBytes, valueBytes);
    if (keyBytes > MAX_KEY_BYTES || end > payload.length) throw refused(KIND, 'an entry is longer than they are');
    if (!(expiry >= 0)) throw refused(KIND, `${expiry} where a moment belongs`);
    records.push({ at, keyBytes, valueBytes, expiry });
    at = end;
  }
  if (at !== payload.length) throw refused(KIND, `${payload.length - at} bytes after the last entry`);
  return records;
}
