/**
 * `Arena`: one linear memory, its allocator, and one instance of each kernel used in it.
 *
 * Structures live in `Arena.default` unless told otherwise. A second arena is a choice: it isolates, has its
 * own budget and can be snapshot on its own, and it makes call sites that meet both arenas slower (a call that
 * always meets one instance of a kernel costs ~3–6 ns, one that meets several 15–20 ns).
 */

import {
  ARENA_MAGIC_HIGH,
  ARENA_MAGIC_LOW,
  BLOCK_COUNT,
  CHECKSUM_STATE,
  DIRECTORY,
  HEADER_BYTES,
  LIMIT,
  MAX_BYTES,
  MIN_BLOCK_BYTES,
  PAGE_BYTES,
  PARTICIPANTS,
  PEAK_USED_BYTES,
  RESULT,
  SCRATCH,
  SCRATCH_BYTES,
  SEED_WORDS,
  SENTINEL_BYTES,
  USED_BYTES,
} from './arena-layout.js';
import { disposeSymbol } from './dispose.js';
import { fixedSeed, randomSeed, type Seed } from './entropy.js';
import { ArenaFullError, DisposedError, NameError, SnapshotError } from './errors.js';
import { type Kernel, moduleOf, sharedModuleOf } from './kernel.js';
import { type ArenaKernel, arenaKernel } from './kernels/memory/arena.js';
import { Participants, SharedArenaError, TABLE_BYTES } from './participants.js';
import { beginSnapshot, checkSnapshotHeader, SNAPSHOT_HEAD_BYTES } from './snapshot-head.js';
import { maxBytesOf, readString, writeString } from './strings.js';

/** Options of `new Arena()`. */
export interface ArenaOptions {
  /**
   * Byte budget: everything in the arena, the arena's own header included, stays within it.
   * Default and maximum 4 GiB − 64 KiB, the most a 32-bit linear memory can hold. At least 64 KiB.
   */
  maxBytes?: number;
  /**
   * Bytes to take from the system at once. Default 64 KiB. Taking them later, as the arena fills, costs a few
   * milliseconds each time on some engines, because the growth of a memory makes them collect garbage: an arena whose
   * size is known, and whose slowest operation matters, should state it. Pages cost no memory until they are used.
   */
  initialBytes?: number;
  /** Fixes the hash seed, for reproducible bytes. Default: random, so that keys cannot be chosen to collide. */
  seed?: number | bigint;
  /** Shown in errors. Default `"arena"`. */
  name?: string;
  /**
   * The memory is a `SharedArrayBuffer`, which other threads may attach to: see `share()`. Needs `maxBytes`, all of which
   * is taken as addresses at once (pages cost no memory until they are used), and a name for each structure. Of the
   * structures only those that say so can live in it. Default false.
   */
  shared?: boolean;
}

/** What `share()` gives: may be posted to other threads, and nothing else. */
export interface SharedArena {
  readonly memory: WebAssembly.Memory;
  readonly name: string;
  readonly maxBytes: number;
}

/** Options of `Arena.restore()`. */
export interface RestoreOptions {
  /**
   * A new budget in bytes; must hold what the snapshot holds. A smaller one takes from the free end of the heap.
   * Default: the budget of the arena that was snapshot.
   */
  maxBytes?: number;
  /** Default `"arena"`. */
  name?: string;
}

const MIN_SCRATCH_BYTES = 4096;
const MAX_NAME_BYTES = 1024;
/** Names an error lists at most. */
const MAX_NAMES_SHOWN = 10;
/** Copy and checksum in pieces that stay in the second-level cache. */
const COPY_CHUNK_BYTES = 256 * 1024;

interface Forgotten {
  readonly arena: WeakRef<Arena>;
  readonly pointer: number;
  readonly release: (pointer: number) => void;
}

let registry: FinalizationRegistry<Forgotten> | undefined;
let defaultArena: Arena | undefined;

export class Arena {
  /** The arena that structures use when not given one; created at first use, without a budget below 4 GiB. */
  static get default(): Arena {
    defaultArena ??= new Arena({ name: 'default' });
    return defaultArena;
  }

  readonly name: string;
  readonly maxBytes: number;

  /** Views of the memory. A growth of the memory detaches them: reach them through `u8Until` and `u32`. */
  #u8: Uint8Array<ArrayBuffer>;
  #u32: Uint32Array<ArrayBuffer>;
  #f64: Float64Array<ArrayBuffer>;
  #memory: WebAssembly.Memory;
  #kernel: ArenaKernel;
  #instances = new Map<string, unknown>();
  /** Open handles of named structures, so that one name has one handle. */
  #named = new Map<number, WeakRef<object>>();
  #disposed = false;
  /** Of a shared arena. */
  readonly #participants: Participants | undefined;
  /** A shared arena has a staging block for each participant. */
  #scratchAt = 0;
  #scratchBytes = 0;

  constructor(options: ArenaOptions | Attached = {}) {
    if (options instanceof Attached) {
      const { memory, name, maxBytes } = options.shared;
      this.name = name;
      this.maxBytes = maxBytes;
      this.#memory = memory;
      [this.#u8, this.#u32, this.#f64] = viewsOf(memory);
      this.#kernel = this.kernel(arenaKernel);
      this.#participants = new Participants(memory.buffer, 0);
      [this.#scratchAt, this.#scratchBytes] = this.#participants.staging;
      return;
    }
    const shared = options.shared ?? false;
    if (shared && options.maxBytes === undefined) throw new TypeError('A shared arena needs maxBytes');
    const maxBytes = checkMaxBytes(options.maxBytes ?? MAX_BYTES);
    const seed = options.seed === undefined ? randomSeed() : fixedSeed(options.seed);
    this.name = options.name ?? 'arena';
    this.maxBytes = maxBytes - (maxBytes % 8);
    const initialBytes = checkInitialBytes(options.initialBytes ?? PAGE_BYTES, maxBytes);
    this.#memory = makeMemory(shared ? maxBytes : initialBytes, maxBytes, shared);
    [this.#u8, this.#u32, this.#f64] = viewsOf(this.#memory);
    this.#kernel = this.kernel(arenaKernel);
    this.#create(seed);
    if (!shared) return;
    const table = this.allocAligned(TABLE_BYTES, 64);
    this.#u8.fill(0, table, table + TABLE_BYTES);
    this.#participants = new Participants(this.#memory.buffer, table);
  }

  /**
   * An arena over the memory of another thread's: what that thread's `share()` gave. Each attached arena takes one of 128
   * places until it is disposed.
   *
   * @throws TypeError when that is something else
   * @throws SharedArenaError when all places are taken
   */
  static attach(shared: SharedArena): Arena {
    const memory = shared?.memory;
    const isShared = Object.prototype.toString.call(memory?.buffer) === '[object SharedArrayBuffer]';
    const words = isShared ? new Uint32Array(memory.buffer, 0, HEADER_BYTES >> 2) : new Uint32Array(0);
    if (words[2] !== ARENA_MAGIC_LOW || words[3] !== ARENA_MAGIC_HIGH || words[PARTICIPANTS] === 0) {
      throw new TypeError('Arena.attach takes what share() of a shared arena gave');
    }
    return new Arena(new Attached(shared));
  }

  #create(seed: Seed): void {
    this.#kernel.create(this.maxBytes, seed[0], seed[1], seed[2], seed[3]);
  }

  // ── What a user of an arena asks ────────────────────────────────────────────────────────────────

  /** Bytes in use: allocated blocks with their headers, and the arena's own header. */
  get bytesUsed(): number {
    return this.u32[USED_BYTES] as number;
  }

  /** Highest `bytesUsed` so far. */
  get peakBytesUsed(): number {
    return this.u32[PEAK_USED_BYTES] as number;
  }

  /** Bytes the linear memory has taken from the system. Never shrinks: freed memory is reused, not returned. */
  get bytesReserved(): number {
    this.assertAlive();
    return this.#memory.buffer.byteLength;
  }

  /** Allocated blocks. */
  get blockCount(): number {
    return this.u32[BLOCK_COUNT] as number;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /** Whether other threads can attach. */
  get isShared(): boolean {
    return this.#participants !== undefined;
  }

  /**
   * What another thread attaches with: post it, and call `Arena.attach` there.
   *
   * @throws SharedArenaError when the arena is not shared
   */
  share(): SharedArena {
    this.assertAlive();
    if (this.#participants === undefined)
      throw new SharedArenaError(`Arena "${this.name}" was not made with shared: true`);
    return { memory: this.#memory, name: this.name, maxBytes: this.maxBytes };
  }

  /** This thread's number among the participants, and how many there are; `undefined` when the arena is not shared. */
  get participant(): { readonly number: number; readonly of: number } | undefined {
    const participants = this.#participants;
    return participants && { number: participants.number, of: participants.count };
  }

  /**
   * Says that a participant has ended without `dispose()`: a worker that was terminated. Without that the others find out
   * by themselves, but wait a second for a lock it held. False when there is no such participant.
   */
  bury(number: number): boolean {
    this.assertAlive();
    if (this.#participants === undefined) throw new SharedArenaError(`Arena "${this.name}" is not shared`);
    return this.#participants.bury(number);
  }

  /**
   * A copy of everything in the arena: versioned, checksummed, independent of where it is loaded again.
   * O(bytes up to the last block in use). The layout is in docs/snapshot-format.md.
   * Gives the staging block back first, so `bytesUsed` may fall.
   */
  snapshot(): Uint8Array<ArrayBuffer> {
    this.assertAlive();
    if (this.#participants !== undefined) {
      throw new SharedArenaError('A shared arena has no snapshot: others write while it would be taken');
    }
    const kernel = this.#kernel;
    kernel.releaseScratch();
    const payloadBytes = kernel.top() >>> 0;
    const tail = kernel.tail() >>> 0;
    const u32 = this.u32;
    kernel.checksum(HEADER_BYTES, payloadBytes - HEADER_BYTES, payloadBytes, tail);
    const low = u32[RESULT] as number;
    const high = u32[RESULT + 1] as number;
    // The header holds the result cell: clear it, so that it is not part of what it proves.
    u32.fill(0, RESULT, RESULT + 4);
    kernel.checksum(0, HEADER_BYTES, low, high);
    const out = beginSnapshot(payloadBytes, tail, u32[RESULT] as number, u32[RESULT + 1] as number);
    u32.fill(0, RESULT, RESULT + 4);
    out.set(this.u8Until(payloadBytes).subarray(0, payloadBytes), SNAPSHOT_HEAD_BYTES);
    return out;
  }

  /**
   * An arena with the contents of a snapshot. One copy, checksummed on the way.
   *
   * The checksum finds accidents, not malice: restore only what you wrote.
   *
   * @throws SnapshotError when the bytes are truncated, altered, of another format or of a later version
   * @throws RangeError when `maxBytes` is too small for the contents
   */
  static restore(bytes: Uint8Array, options: RestoreOptions = {}): Arena {
    const head = checkSnapshotHeader(bytes);
    const { payload, heapEnd, limit, tail } = head;
    const maxBytes = checkMaxBytes(options.maxBytes ?? limit);
    // The free block that ends the heap may shrink to the smallest there is, with the sentinel after it.
    const leastBytes = tail === 0 ? heapEnd : tail + MIN_BLOCK_BYTES + SENTINEL_BYTES;
    if (maxBytes - (maxBytes % 8) < leastBytes) {
      throw new RangeError(`Snapshot needs an arena of at least ${leastBytes} bytes, got maxBytes ${maxBytes}`);
    }
    const arena = new Arena({ maxBytes, seed: 0, name: options.name ?? 'arena' });
    try {
      arena.#load(payload, tail);
      if (arena.u32[RESULT] !== head.low || arena.u32[RESULT + 1] !== head.high) {
        throw new SnapshotError(
          'Snapshot refused: its checksum does not match its contents (it was altered or damaged)',
        );
      }
      arena.#closeHeap(heapEnd, tail);
    } catch (error) {
      arena.dispose();
      throw error;
    }
    return arena;
  }

  /** Copies a snapshot's contents in and leaves their checksum in the result cell. Trusts nothing they say. */
  #load(payload: Uint8Array, tail: number): void {
    const kernel = this.#kernel;
    this.#growTo(payload.length);
    const u8 = this.u8Until(payload.length);
    // The fresh arena's own few bytes go first; what lies above the payload must be zero.
    u8.fill(0, 0, Math.min(PAGE_BYTES, u8.length));
    kernel.checksumInit(CHECKSUM_STATE, payload.length, tail);
    for (let at = HEADER_BYTES; at < payload.length; at += COPY_CHUNK_BYTES) {
      const end = Math.min(at + COPY_CHUNK_BYTES, payload.length);
      u8.set(payload.subarray(at, end), at);
      kernel.checksumUpdate(CHECKSUM_STATE, at, end - at);
    }
    kernel.checksumFinish(CHECKSUM_STATE);
    const u32 = this.u32;
    const low = u32[RESULT] as number;
    const high = u32[RESULT + 1] as number;
    u8.set(payload.subarray(0, HEADER_BYTES));
    kernel.checksum(0, HEADER_BYTES, low, high);
  }

  /** Once the contents are proven: writes what a snapshot leaves out above its last block in use. */
  #closeHeap(heapEnd: number, tail: number): void {
    this.u32.fill(0, RESULT, RESULT + 4);
    this.u32[LIMIT] = this.maxBytes;
    this.#growTo(Math.min(heapEnd, this.maxBytes));
    if (heapEnd <= this.maxBytes) this.#kernel.repair(tail);
    else this.#kernel.trimTail(tail, this.maxBytes);
  }

  #growTo(bytes: number): void {
    const missing = Math.ceil(bytes / PAGE_BYTES) - this.#memory.buffer.byteLength / PAGE_BYTES;
    if (missing > 0) this.#memory.grow(missing);
  }

  /**
   * Frees the memory, or leaves it to the others it is shared with. Every structure in the arena throws `DisposedError`
   * from now on. Idempotent.
   */
  dispose(): void {
    if (this.#disposed) return;
    if (this.#scratchAt !== 0) this.exclusive(() => this.#freeOwnScratch());
    this.#participants?.leave();
    this.#disposed = true;
    if (defaultArena === this) defaultArena = undefined;
    this.#instances.clear();
    this.#named.clear();
    this.#memory = undefined as never;
    this.#kernel = undefined as never;
    this.#u8 = new Uint8Array(0);
    this.#u32 = new Uint32Array(0);
    this.#f64 = new Float64Array(0);
  }

  [disposeSymbol](): void {
    this.dispose();
  }

  /** Verifies every invariant of the allocator; throws when one is broken. O(blocks). For tests and fuzzers. */
  check(): void {
    this.assertAlive();
    const broken = this.#kernel.check();
    if (broken !== 0) throw new Error(`Arena "${this.name}": allocator invariant ${broken} is broken`);
  }

  // ── What the bindings ask ───────────────────────────────────────────────────────────────────────

  /** The memory's bytes, through a view that certainly reaches `end`. Valid until the next kernel call that may grow. */
  u8Until(end: number): Uint8Array<ArrayBuffer> {
    // A grown memory detaches its views, which makes their length 0.
    return end <= this.#u8.length ? this.#u8 : this.#refreshed(end);
  }

  /** The memory as u32 words. Valid until the next kernel call that may grow. */
  get u32(): Uint32Array<ArrayBuffer> {
    if (this.#u32.length === 0) this.#refreshed(0);
    return this.#u32;
  }

  /** The memory as f64 words. Valid until the next kernel call that may grow. */
  get f64(): Float64Array<ArrayBuffer> {
    if (this.#f64.length === 0) this.#refreshed(0);
    return this.#f64;
  }

  #refreshed(end: number): Uint8Array<ArrayBuffer> {
    this.assertAlive();
    [this.#u8, this.#u32, this.#f64] = viewsOf(this.#memory);
    if (end > this.#u8.length) throw new RangeError(`Address ${end} is outside the arena's ${this.#u8.length} bytes`);
    return this.#u8;
  }

  /** The linear memory itself, for what must hand it to the platform. */
  get memory(): WebAssembly.Memory {
    this.assertAlive();
    return this.#memory;
  }

  /** The kernel's exports over this memory; instantiated once. */
  kernel<Exports>(kernel: Kernel<Exports>): Exports {
    this.assertAlive();
    let exports = this.#instances.get(kernel.name) as Exports | undefined;
    if (exports === undefined) {
      const module = isSharedMemory(this.#memory) ? sharedModuleOf(kernel) : moduleOf(kernel);
      const instance = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
      exports = instance.exports as Exports;
      this.#instances.set(kernel.name, exports);
    }
    return exports;
  }

  /** Address of this thread's slot among the participants; 0 when the arena is not shared. Kernels take it. */
  get slot(): number {
    return this.#participants === undefined ? 0 : this.#participants.slot;
  }

  /** Who takes part in a shared arena, for what several threads work on. @throws TypeError when the arena is not shared */
  get participants(): Participants {
    if (this.#participants === undefined) {
      throw new TypeError(`Arena "${this.name}" is not shared, as what threads have in common needs: { shared: true }`);
    }
    return this.#participants;
  }

  /** Does what changes the allocator or the names, which one participant may at a time. */
  exclusive<T>(action: () => T): T {
    return this.#participants === undefined ? action() : this.#participants.exclusive(action);
  }

  assertAlive(): void {
    if (this.#disposed) throw new DisposedError(`Arena "${this.name}"`);
  }

  /**
   * Address of `bytes` fresh bytes, 8-aligned, contents undefined. O(1). A block costs `bytes` + 4, rounded up to a
   * multiple of 8, at least 16, and 8 more where the rest would be too small for a block.
   *
   * @throws ArenaFullError
   */
  alloc(bytes: number): number {
    this.assertAlive();
    const address = this.#kernel.alloc(checkRequest(bytes)) >>> 0;
    if (address === 0) throw new ArenaFullError(this, 'an allocation', bytes);
    return address;
  }

  /**
   * Address of `bytes` fresh bytes at a multiple of `alignment`, a power of two up to 65 536. Near the end of the
   * budget it needs `alignment` + 16 bytes more than the block will take.
   *
   * @throws ArenaFullError
   */
  allocAligned(bytes: number, alignment: number): number {
    this.assertAlive();
    if (!(alignment >= 1 && alignment <= PAGE_BYTES && Number.isInteger(Math.log2(alignment)))) {
      throw new RangeError(`alignment must be a power of two from 1 to ${PAGE_BYTES}, got ${alignment}`);
    }
    const address = this.#kernel.allocAligned(checkRequest(bytes), alignment) >>> 0;
    if (address === 0) throw new ArenaFullError(this, 'an allocation', bytes);
    return address;
  }

  /** Gives back what `alloc`, `allocAligned` or `realloc` returned. O(1). Any other address corrupts the arena. */
  free(address: number): void {
    this.assertAlive();
    this.#kernel.free(address);
  }

  /**
   * Resizes a block, in place where it can; returns its new address. The bytes up to the smaller size are kept; their
   * 8-alignment is, a larger one is not. O(1), or O(bytes) where the block moves.
   *
   * @throws ArenaFullError; the old block is then untouched
   */
  realloc(address: number, bytes: number): number {
    this.assertAlive();
    const moved = this.#kernel.realloc(address, checkRequest(bytes)) >>> 0;
    if (moved === 0) throw new ArenaFullError(this, 'an allocation', bytes);
    return moved;
  }

  /**
   * Address of the staging block, at least `bytes` long, through which calls pass their bytes. One block serves
   * every structure of the arena: its contents last until the next call.
   *
   * @throws ArenaFullError
   */
  scratch(bytes: number): number {
    if (this.#participants !== undefined) return this.#ownScratch(bytes);
    const u32 = this.u32;
    if (bytes <= (u32[SCRATCH_BYTES] as number)) return u32[SCRATCH] as number;
    const address = this.#kernel.scratch(Math.max(checkRequest(bytes), MIN_SCRATCH_BYTES)) >>> 0;
    if (address === 0) throw new ArenaFullError(this, 'a staging block', bytes);
    return address;
  }

  #ownScratch(bytes: number): number {
    if (bytes <= this.#scratchBytes) return this.#scratchAt;
    const room = Math.max(checkRequest(bytes), MIN_SCRATCH_BYTES);
    this.exclusive(() => {
      if (this.#scratchAt !== 0) this.#freeOwnScratch();
      this.#scratchAt = this.#kernel.alloc(room) >>> 0;
      this.#scratchBytes = this.#scratchAt === 0 ? 0 : room;
      this.participants.noteStaging(this.#scratchAt, this.#scratchBytes);
    });
    if (this.#scratchAt === 0) throw new ArenaFullError(this, 'a staging block', bytes);
    return this.#scratchAt;
  }

  #freeOwnScratch(): void {
    const address = this.#scratchAt;
    this.#scratchAt = 0;
    this.#scratchBytes = 0;
    this.participants.noteStaging(0, 0);
    this.#kernel.free(address);
  }

  /** The wide result of the last kernel call that left one, as two u32: low, high. */
  get resultLow(): number {
    return this.u32[RESULT] as number;
  }

  get resultHigh(): number {
    return this.u32[RESULT + 1] as number;
  }

  /** The hash seed, as four u32. */
  get seed(): Seed {
    return [...this.u32.subarray(SEED_WORDS, SEED_WORDS + 4)] as unknown as Seed;
  }

  // ── Handles and names ───────────────────────────────────────────────────────────────────────────

  /** Frees `pointer` when `handle` is forgotten without `dispose()`, where the runtime can tell. */
  track(handle: object, pointer: number, release: (pointer: number) => void): void {
    if (typeof FinalizationRegistry === 'undefined') return;
    registry ??= new FinalizationRegistry<Forgotten>(({ arena, pointer: forgotten, release: free }) => {
      if (arena.deref()?.disposed === false) free(forgotten);
    });
    registry.register(handle, { arena: new WeakRef(this), pointer, release }, handle);
  }

  untrack(handle: object): void {
    registry?.unregister(handle);
  }

  /** Enters a structure under a name. Named structures outlive their handles: only `dispose()` frees them. */
  addName(name: string, kind: number, root: number, handle: object): void {
    const { address, bytes } = this.#stageName(name);
    this.exclusive(() => {
      if (this.#kernel.findEntry(address, bytes) !== 0)
        throw new NameError(`Arena "${this.name}" already has a structure named "${name}"`);
      if (this.#kernel.addEntry(address, bytes, kind, root) === 0)
        throw new ArenaFullError(this, `the name "${name}"`, bytes);
    });
    this.#named.set(root, new WeakRef(handle));
  }

  /** Throws when a name is taken, before anything is made for it. */
  assertNameFree(name: string): void {
    const { address, bytes } = this.#stageName(name);
    if (this.exclusive(() => this.#kernel.findEntry(address, bytes)) !== 0)
      throw new NameError(`Arena "${this.name}" already has a structure named "${name}"`);
  }

  /** The structure of this name and kind: its root, and its handle if one is open. */
  findName(name: string, kind: number, kindName: string): { root: number; handle: object | undefined } {
    const { address, bytes } = this.#stageName(name);
    const entry = this.exclusive(() => this.#kernel.findEntry(address, bytes)) >>> 0;
    if (entry === 0) {
      throw new NameError(`Arena "${this.name}" has no structure named "${name}"; it has ${list(this.names())}`);
    }
    if (this.#kernel.entryKind(entry) >>> 0 !== kind)
      throw new NameError(`"${name}" in arena "${this.name}" is not a ${kindName}`);
    const root = this.#kernel.entryRoot(entry) >>> 0;
    return { root, handle: this.#named.get(root)?.deref() };
  }

  /** Notes the handle that was opened for a named root. */
  opened(root: number, handle: object): void {
    this.#named.set(root, new WeakRef(handle));
  }

  /** Removes the name of a structure that is being freed, if it has one. */
  removeName(root: number): void {
    if (this.u32[DIRECTORY] === 0) return;
    this.exclusive(() => this.#kernel.removeEntry(root));
    this.#named.delete(root);
  }

  /** Names of the structures in this arena, newest first. */
  names(): string[] {
    this.assertAlive();
    return this.exclusive(() => this.#names());
  }

  #names(): string[] {
    const out: string[] = [];
    const kernel = this.#kernel;
    for (let entry = kernel.nextEntry(0) >>> 0; entry !== 0; entry = kernel.nextEntry(entry) >>> 0) {
      const from = kernel.entryName(entry) >>> 0;
      const end = from + (kernel.entryNameBytes(entry) >>> 0);
      out.push(readString(this.u8Until(end), from, end));
    }
    return out;
  }

  #stageName(name: string): { address: number; bytes: number } {
    // Staged by the same bridge as keys, so that two different names never become the same bytes.
    const address = this.scratch(Math.min(maxBytesOf(name), 3 * MAX_NAME_BYTES));
    const bytes =
      name.length > MAX_NAME_BYTES ? name.length : writeString(this.u8Until(address + maxBytesOf(name)), address, name);
    if (bytes === 0 || bytes > MAX_NAME_BYTES) {
      throw new RangeError(`The name of a structure must have 1 to ${MAX_NAME_BYTES} bytes of UTF-8, got ${bytes}`);
    }
    return { address, bytes };
  }
}

function list(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, MAX_NAMES_SHOWN).map((name) => `"${name}"`);
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

function checkMaxBytes(maxBytes: number): number {
  if (!Number.isInteger(maxBytes) || maxBytes < PAGE_BYTES || maxBytes > MAX_BYTES) {
    throw new RangeError(`maxBytes must be an integer from ${PAGE_BYTES} to ${MAX_BYTES}, got ${maxBytes}`);
  }
  return maxBytes;
}

/** A size as the kernel takes it: what no arena can hold becomes a request that no arena grants. */
function checkRequest(bytes: number): number {
  if (bytes >>> 0 === bytes) return bytes;
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    throw new RangeError(`A size must be a non-negative integer of bytes, got ${bytes}`);
  }
  return 0xffff_ffff;
}

function checkInitialBytes(initialBytes: number, maxBytes: number): number {
  if (!Number.isInteger(initialBytes) || initialBytes < 0 || initialBytes > maxBytes) {
    throw new RangeError(`initialBytes must be an integer from 0 to maxBytes (${maxBytes}), got ${initialBytes}`);
  }
  return Math.max(initialBytes, PAGE_BYTES);
}

function makeMemory(initialBytes: number, maxBytes: number, shared: boolean): WebAssembly.Memory {
  return new WebAssembly.Memory({
    initial: Math.ceil(initialBytes / PAGE_BYTES),
    maximum: Math.ceil(maxBytes / PAGE_BYTES),
    shared,
  });
}

type Views = [Uint8Array<ArrayBuffer>, Uint32Array<ArrayBuffer>, Float64Array<ArrayBuffer>];

function viewsOf(memory: WebAssembly.Memory): Views {
  const buffer = memory.buffer as ArrayBuffer;
  return [new Uint8Array(buffer), new Uint32Array(buffer), new Float64Array(buffer)];
}

function isSharedMemory(memory: WebAssembly.Memory): boolean {
  return Object.prototype.toString.call(memory.buffer) === '[object SharedArrayBuffer]';
}

/** Stands in for the options when an arena joins a memory that exists already. */
class Attached {
  constructor(readonly shared: SharedArena) {}
}
