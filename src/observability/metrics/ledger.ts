/**
 * Where the numbers of a registry stand: cells of 64-bit floats in an arena, a ledger for each thread that takes part.
 *
 * A cell is written by one thread only, without a lock and without an atomic instruction; who scrapes adds the ledgers up. A
 * ledger outlives its thread, and the next thread in the same place goes on with it, so that what was counted stays
 * counted. An entry is published by one store, when it is whole: a thread that is killed leaves it there or not. Aligned
 * eight-byte loads and stores are whole on every 64-bit platform.
 *
 * Root, at a multiple of 64:
 *
 *     offset  size  meaning
 *          0     4  version, 1
 *          4     4  zero
 *          8   512  addresses of the ledgers, by the numbers of the participants; 0 where there is none
 *
 * Ledger:
 *
 *     offset  size  meaning
 *          0     4  identity of the participant, 0 where the arena is not shared
 *          4     4  address of the first entry
 *          8     4  address of the newest page of cells; its first word is the address of the one before
 *         12     4  address of the next free cell
 *         16     4  end of the page
 *         20     4  0; what is written before it is touched is seen before what is written after
 *
 * Entry:
 *
 *     offset  size  meaning
 *          0     4  address of the next entry
 *          4     4  1 a metric, 2 a series
 *          8     4  of a series: 1 it counts, 0 it was removed
 *         12     4  address of the cells
 *         16     8  f64: when it was made, in milliseconds since 1970
 *         24     4  address of the text: the metric's description, or the label values, as JSON in UTF-8
 *         28     4  bytes of the text
 *         32     4  address of the metric's entry
 *         36     4  cells
 */

import type { Arena } from '../../../bindings/arena.js';
import { Adopted, Handle, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';

export const METRICS_KIND: StructureKind = { number: 67, name: 'Metrics' };

const VERSION = 1;
const MAX_LEDGERS = 128;
const ROOT_BYTES = 8 + 4 * MAX_LEDGERS;
const LEDGERS = 8 >> 2;

const OWNER = 0;
const FIRST = 1;
const PAGES = 2;
const CURSOR = 3;
const END = 4;
const FENCE = 5;
const LEDGER_BYTES = 64;

const NEXT = 0;
const WHAT = 1;
const LIVE = 2;
const CELLS = 3;
const CREATED = 16 >> 3;
const TEXT = 6;
const TEXT_BYTES = 7;
const METRIC = 8;
const CELL_COUNT = 9;
const ENTRY_BYTES = 40;

const PAGE_BYTES = 4096;
const PAGE_HEAD_BYTES = 64;

/** What an entry is. */
export const METRIC_ENTRY = 1;
export const SERIES_ENTRY = 2;

/** An entry as it was read. */
export interface Entry {
  readonly address: number;
  readonly what: number;
  /** JSON. */
  readonly text: string;
  /** Of a series: the address of its metric's entry. */
  readonly metric: number;
  /** Index of the first cell among the doubles of the arena. */
  readonly cells: number;
  readonly cellCount: number;
  readonly createdMs: number;
}

/** The root: all ledgers. */
export class Ledgers extends Handle {
  /** Who writes this thread's ledger. */
  registry: object | undefined = undefined;

  constructor(options: HandleOptions | Adopted, fallback: () => Arena) {
    const arena = options.arena ?? fallback();
    const adopted = options instanceof Adopted;
    const name = adopted ? undefined : options.name;
    const root = adopted
      ? options.root
      : Handle.allocate(arena, name, () => {
          const made = arena.allocAligned(ROOT_BYTES, 64);
          arena.u8Until(made + ROOT_BYTES).fill(0, made, made + ROOT_BYTES);
          arena.u32[made >>> 2] = VERSION;
          return made;
        });
    super(arena, root, (address) => freeAll(arena, address), !adopted && name === undefined);
    if (adopted) arena.opened(root, this);
    else this.enterName(name, METRICS_KIND);
  }

  /** @throws DisposedError */
  assertAlive(): void {
    this.alive;
  }

  /** Address of a participant's ledger; 0 when there is none. */
  ledgerAt(number: number): number {
    return Atomics.load(this.arena.u32, (this.alive >>> 2) + LEDGERS + number);
  }

  /** This thread's ledger, made now where there is none. */
  own(): Ledger {
    const root = this.alive;
    const { arena } = this;
    const number = arena.participant?.number ?? 0;
    let address = this.ledgerAt(number);
    const found = address !== 0;
    if (!found) {
      address = allocate(arena, LEDGER_BYTES, 64);
      Atomics.store(arena.u32, (root >>> 2) + LEDGERS + number, address);
    }
    if (arena.isShared) Atomics.store(arena.u32, (address >>> 2) + OWNER, arena.participants.identity);
    return new Ledger(this, address, found);
  }

  /** Whether the thread of a ledger still takes part. */
  isAttended(ledger: number): boolean {
    if (!this.arena.isShared) return true;
    const identity = Atomics.load(this.arena.u32, (ledger >>> 2) + OWNER);
    return identity !== 0 && this.arena.participants.isHere(identity);
  }

  /** The addresses of the ledgers that there are. */
  *ledgers(): Generator<number> {
    for (let i = 0; i < MAX_LEDGERS; i++) {
      const address = this.ledgerAt(i);
      if (address !== 0) yield address;
    }
  }

  /** The entry after `entry`, or the first of the ledger where that is 0; `undefined` at the end. */
  next(ledger: number, entry: number): Entry | undefined {
    const { u32, f64 } = this.arena;
    const address = Atomics.load(u32, entry === 0 ? (ledger >>> 2) + FIRST : (entry >>> 2) + NEXT);
    if (address === 0) return undefined;
    const at = address >>> 2;
    const from = u32[at + TEXT] as number;
    const end = from + (u32[at + TEXT_BYTES] as number);
    return {
      address,
      what: u32[at + WHAT] as number,
      // A copy: no decoder takes shared memory.
      text: new TextDecoder().decode(this.arena.u8Until(end).slice(from, end)),
      metric: u32[at + METRIC] as number,
      cells: (u32[at + CELLS] as number) >>> 3,
      cellCount: u32[at + CELL_COUNT] as number,
      createdMs: f64[(address >>> 3) + CREATED] as number,
    };
  }

  isLive(entry: number): boolean {
    return Atomics.load(this.arena.u32, (entry >>> 2) + LIVE) === 1;
  }

  setLive(entry: number, live: boolean): void {
    Atomics.store(this.arena.u32, (entry >>> 2) + LIVE, live ? 1 : 0);
  }
}

/** The ledger of this thread. */
export class Ledger {
  /** The arena's doubles. Out of date, and then of length 0, once a memory that is not shared has grown. */
  cells: Float64Array;
  readonly address: number;
  /** Whether it was there before, of a thread that has ended or of a snapshot. */
  readonly found: boolean;
  readonly ledgers: Ledgers;
  readonly #encoder = new TextEncoder();
  #last = 0;

  constructor(ledgers: Ledgers, address: number, found: boolean) {
    this.ledgers = ledgers;
    this.address = address;
    this.found = found;
    this.cells = ledgers.arena.f64;
    for (let entry = ledgers.next(address, 0); entry !== undefined; entry = ledgers.next(address, entry.address)) {
      this.#last = entry.address;
    }
  }

  /** What was written before is seen by other threads before what is written after, and so for reads. */
  fence(): void {
    const { u32 } = this.ledgers.arena;
    const at = (this.address >>> 2) + FENCE;
    Atomics.store(u32, at, 0);
    Atomics.load(u32, at);
  }

  /** The arena's doubles as they are now. @throws DisposedError */
  refreshed(): Float64Array {
    this.ledgers.assertAlive();
    this.cells = this.ledgers.arena.f64;
    return this.cells;
  }

  /**
   * Adds an entry; with cells, all zero, for a series.
   *
   * @param init called with the cells before anybody sees them
   * @throws ArenaFullError; the ledger is as it was
   */
  add(
    what: number,
    text: string,
    options: {
      metric?: number;
      cellCount?: number;
      createdMs: number;
      init?: (cells: Float64Array, at: number) => void;
    },
  ): Entry {
    this.ledgers.assertAlive();
    const { arena } = this.ledgers;
    const bytes = this.#encoder.encode(text);
    const { metric = 0, cellCount = 0, createdMs, init } = options;
    const from = allocate(arena, bytes.length, 8);
    const [cells, entry] = this.#whole(from, () => [
      cellCount === 0 ? 0 : this.#takeCells(cellCount),
      allocate(arena, ENTRY_BYTES, 8),
    ]);
    arena.u8Until(from + bytes.length).set(bytes, from);
    const { u32, f64 } = arena;
    const at = entry >>> 2;
    u32[at + WHAT] = what;
    u32[at + LIVE] = 1;
    u32[at + CELLS] = cells;
    f64[(entry >>> 3) + CREATED] = createdMs;
    u32[at + TEXT] = from;
    u32[at + TEXT_BYTES] = bytes.length;
    u32[at + METRIC] = metric;
    u32[at + CELL_COUNT] = cellCount;
    init?.(f64, cells >>> 3);
    const before = this.#last;
    Atomics.store(u32, before === 0 ? (this.address >>> 2) + FIRST : (before >>> 2) + NEXT, entry);
    this.#last = entry;
    this.cells = f64;
    return { address: entry, what, text, metric, cells: cells >>> 3, cellCount, createdMs };
  }

  /** Gives the entry of a removed series to other label values. Only where nobody else reads. @throws ArenaFullError */
  rename(entry: number, text: string): void {
    const { arena } = this.ledgers;
    const bytes = this.#encoder.encode(text);
    const from = allocate(arena, bytes.length, 8);
    arena.u8Until(from + bytes.length).set(bytes, from);
    const at = entry >>> 2;
    arena.free(arena.u32[at + TEXT] as number);
    arena.u32[at + TEXT] = from;
    arena.u32[at + TEXT_BYTES] = bytes.length;
  }

  setCreated(entry: number, createdMs: number): void {
    this.ledgers.arena.f64[(entry >>> 3) + CREATED] = createdMs;
  }

  /** Frees the text when there is no room for what belongs to it; a page of cells stays, and is used next. */
  #whole(text: number, make: () => [cells: number, entry: number]): [cells: number, entry: number] {
    try {
      return make();
    } catch (error) {
      const { arena } = this.ledgers;
      arena.exclusive(() => arena.free(text));
      throw error;
    }
  }

  /** Address of so many cells, all zero. */
  #takeCells(count: number): number {
    const { arena } = this.ledgers;
    const at = this.address >>> 2;
    const bytes = 8 * count;
    if ((arena.u32[at + CURSOR] as number) + bytes > (arena.u32[at + END] as number)) {
      const pageBytes = Math.max(PAGE_BYTES, PAGE_HEAD_BYTES + Math.ceil(bytes / 64) * 64);
      const page = allocate(arena, pageBytes, 64);
      const { u32 } = arena;
      u32[page >>> 2] = u32[at + PAGES] as number;
      u32[at + PAGES] = page;
      u32[at + CURSOR] = page + PAGE_HEAD_BYTES;
      u32[at + END] = page + pageBytes;
    }
    const { u32 } = arena;
    const cells = u32[at + CURSOR] as number;
    u32[at + CURSOR] = cells + bytes;
    return cells;
  }
}

/** Fresh bytes, all zero. */
function allocate(arena: Arena, bytes: number, alignment: number): number {
  const address = arena.exclusive(() => arena.allocAligned(bytes, alignment));
  arena.u8Until(address + bytes).fill(0, address, address + bytes);
  return address;
}

function freeAll(arena: Arena, root: number): void {
  for (let i = 0; i < MAX_LEDGERS; i++) {
    const ledger = arena.u32[(root >>> 2) + LEDGERS + i] as number;
    if (ledger === 0) continue;
    freeChain(arena, arena.u32[(ledger >>> 2) + FIRST] as number, true);
    freeChain(arena, arena.u32[(ledger >>> 2) + PAGES] as number, false);
    arena.free(ledger);
  }
  arena.free(root);
}

/** Frees blocks whose first word is the address of the next. */
function freeChain(arena: Arena, first: number, texts: boolean): void {
  for (let block = first; block !== 0; ) {
    const next = arena.u32[block >>> 2] as number;
    if (texts) arena.free(arena.u32[(block >>> 2) + TEXT] as number);
    arena.free(block);
    block = next;
  }
}
