/** `HyperLogLog`: how many different keys there were, in a few kilobytes whatever their number. */

import { Arena } from '../../../bindings/arena.js';
import { ENVELOPE_BYTES, envelope, refused, seal, unseal } from '../../../bindings/envelope.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import { type HyperLogLogKernel, hyperLogLogKernel } from '../../../bindings/kernels/sketches/hyper-log-log.js';
import { eachRecord, eachU32, listed, type SketchKey, type SketchKeys, u32Of } from '../../../bindings/keys.js';
import { checkInteger, Made, type SeededOptions, Sketch, seedWords } from '../../../bindings/sketch.js';

const KIND: StructureKind = { number: 16, name: 'HyperLogLog' };
const VERSION = 1;
const HEADER_BYTES = 24;
const DEFAULT_PRECISION = 14;
const [LEAST_PRECISION, MOST_PRECISION] = [4, 18];

/** Options of `new HyperLogLog()`. */
export interface HyperLogLogOptions extends SeededOptions {
  /**
   * p: the sketch has 2^p registers and a standard error of 1.04 / √2^p. 4 to 18. Default 14: 0.81 % in 12 KiB.
   */
  precision?: number;
  /** Whether a sketch that has seen few keys is a short table of them. Default true; false takes all memory at once. */
  sparse?: boolean;
}

export interface HyperLogLogStats {
  readonly precision: number;
  readonly registers: number;
  /** Registers that are not zero. */
  readonly filled: number;
  readonly representation: 'sparse' | 'dense';
  /** Bytes of the registers, or of the table that stands for them. */
  readonly bytes: number;
}

/** The number of different keys, estimated (P. Flajolet et al., 2007; the estimate of O. Ertl, 2017). */
export class HyperLogLog extends Sketch<HyperLogLogKernel> {
  /**
   * @throws RangeError, TypeError for options that no sketch has
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: HyperLogLogOptions | Adopted | Made = {}) {
    super(KIND, hyperLogLogKernel, options, (_, kernel) => {
      const { precision = DEFAULT_PRECISION, sparse = true, seed } = options as HyperLogLogOptions;
      checkInteger(precision, 'precision', LEAST_PRECISION, MOST_PRECISION);
      if (typeof sparse !== 'boolean') throw new TypeError(`sparse must be a boolean, got ${typeof sparse}`);
      return kernel.create(precision, sparse ? 1 : 0, ...seedWords(seed));
    });
  }

  /** The sketch of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string): HyperLogLog {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof HyperLogLog ? handle : new HyperLogLog(new Adopted(arena, root));
  }

  /**
   * The sketch that `toBytes()` wrote. O(bytes).
   *
   * @throws SnapshotError when the bytes are truncated, altered, of another format, or say what no sketch is
   * @throws ArenaFullError
   */
  static fromBytes(bytes: Uint8Array, options: HandleOptions = {}): HyperLogLog {
    const arena = options.arena ?? Arena.default;
    if (options.name !== undefined) arena.assertNameFree(options.name);
    return new HyperLogLog(new Made(arena, load(arena, bytes), options.name));
  }

  /**
   * A new sketch of the keys of all of them, with the precision of the least precise.
   *
   * @throws RangeError when there is none, or their seeds differ
   * @throws ArenaFullError
   */
  static union(sketches: Iterable<HyperLogLog>, options: HandleOptions = {}): HyperLogLog {
    const list = [...sketches];
    for (const sketch of list) checkSketch(sketch);
    const [first] = list;
    if (first === undefined) throw new RangeError('A union needs at least one HyperLogLog, got none');
    const precision = Math.min(...list.map((sketch) => sketch.precision));
    const sparse = first.#sparse;
    const all = new HyperLogLog({ arena: first.arena, ...options, precision, seed: first.seed, sparse });
    try {
      for (const sketch of list) all.merge(sketch);
    } catch (error) {
      all.dispose();
      throw error;
    }
    return all;
  }

  /** p: the sketch has 2^p registers. */
  get precision(): number {
    return this.word(0);
  }

  /** Seed of the hash, a u64. */
  get seed(): bigint {
    return this.wide(8);
  }

  /** The standard deviation of `count()` over the true number: √(3 ln 2 − 1) / √2^p. */
  get standardError(): number {
    return Math.sqrt((3 * Math.LN2 - 1) / 2 ** this.precision);
  }

  get #sparse(): boolean {
    return this.word(4) > 0 || this.precision < 7;
  }

  stats(): HyperLogLogStats {
    const dense = this.word(20) !== 0;
    return {
      precision: this.precision,
      registers: 2 ** this.precision,
      filled: this.word(16),
      representation: dense ? 'dense' : 'sparse',
      bytes: dense ? this.kernel.registerBytes(this.alive) : this.word(28) * 4,
    };
  }

  /**
   * Adds a key; whether that changed the sketch. O(1).
   *
   * @throws ArenaFullError when the arena has no room for the key or a larger sketch; the sketch is as it was
   */
  add(key: SketchKey): boolean {
    const root = this.alive;
    const status =
      typeof key === 'number'
        ? this.kernel.addU32(root, u32Of(key))
        : this.kernel.add(root, this.staged(key), this.stagedBytes);
    if (status < 0) throw this.#full();
    return status > 0;
  }

  /** Adds many keys, or none when it throws; whether that changed the sketch. Throws as `add`. */
  addMany(keys: SketchKeys): boolean {
    const [root, kernel] = [this.alive, this.kernel];
    const list = listed(keys);
    if (list.length === 0) return false;
    if (kernel.reserve(root, Math.min(list.length, 2 ** this.precision)) === 0) throw this.#full();
    let changed = 0;
    try {
      if (list instanceof Uint32Array) {
        eachU32(this.arena, list, (at, count) => {
          changed |= kernel.addManyU32(root, at, count);
        });
      } else {
        eachRecord(this.arena, list, (at, count) => {
          changed |= kernel.addMany(root, at, count);
        });
      }
    } finally {
      kernel.release(root);
    }
    return changed !== 0;
  }

  /**
   * The estimate of how many different keys were added; a number with a fraction. It depends on the registers alone, not on
   * whether they are sparse or dense. O(1): the registers themselves are not read.
   */
  count(): number {
    return this.kernel.count(this.alive);
  }

  /**
   * Adds all that was added to another sketch; whether that changed this one. The other's precision may be higher, which is
   * the same as if its keys had been added here. O(registers).
   *
   * @throws RangeError when the seeds differ, or the other has a lower precision
   * @throws ArenaFullError; the sketch is as it was
   */
  merge(other: HyperLogLog): boolean {
    const root = this.alive;
    checkSketch(other);
    if (other.seed !== this.seed) {
      throw new RangeError(`Only sketches of one seed can be merged: ${this.seed} here, ${other.seed} there`);
    }
    if (other.precision < this.precision) {
      throw new RangeError(
        `A sketch of precision ${other.precision} cannot be merged into one of precision ${this.precision}: merge this one into that`,
      );
    }
    if (other.arena !== this.arena) {
      const copy = HyperLogLog.fromBytes(other.toBytes(), { arena: this.arena });
      try {
        return this.merge(copy);
      } finally {
        copy.dispose();
      }
    }
    const status = this.kernel.merge(root, other.alive);
    if (status < 0) throw this.#full();
    return status > 0;
  }

  /** The count of the keys of this sketch and the others together; none of them changes. Throws as `HyperLogLog.union`. */
  unionCount(...others: HyperLogLog[]): number {
    const all = HyperLogLog.union([this, ...others]);
    const count = all.count();
    all.dispose();
    return count;
  }

  /**
   * About how many keys both have seen: |A| + |B| − |A ∪ B|, not below 0. Its error is that of the union, so it says little
   * of an intersection that is much smaller. Throws as `HyperLogLog.union`.
   */
  intersectionCount(other: HyperLogLog): number {
    return Math.max(0, this.count() + other.count() - this.unionCount(other));
  }

  /** Forgets every key. O(registers) at most. */
  clear(): void {
    this.kernel.clear(this.alive);
  }

  /** The sketch as bytes, the same for the same registers, on every platform. O(registers). The layout is on the room's page. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const root = this.alive;
    const dense = this.word(20);
    const filled = this.word(16);
    const size = dense === 0 ? filled * 4 : this.kernel.registerBytes(root);
    const out = envelope(KIND, VERSION, HEADER_BYTES + size);
    const head = new DataView(out.buffer, ENVELOPE_BYTES);
    head.setUint32(0, this.precision, true);
    head.setUint32(4, this.#sparse ? 1 : 0, true);
    head.setBigUint64(8, this.seed, true);
    head.setUint32(16, filled, true);
    head.setUint32(20, dense === 0 ? 0 : 1, true);
    if (dense === 0) {
      for (const [i, entry] of this.#entries().entries()) head.setUint32(HEADER_BYTES + 4 * i, entry, true);
    } else out.set(this.arena.u8Until(dense + size).subarray(dense, dense + size), ENVELOPE_BYTES + HEADER_BYTES);
    return seal(this.arena, out);
  }

  /** Entries of the sparse table by their registers. */
  #entries(): Uint32Array {
    const from = this.word(24) >>> 2;
    return this.arena.u32
      .slice(from, from + this.word(28))
      .filter((entry) => entry !== 0)
      .sort();
  }

  /** Verifies every invariant; throws when one is broken. O(registers). For tests and fuzzers. */
  check(): void {
    const broken = this.kernel.check(this.alive);
    if (broken !== 0) throw new Error(`HyperLogLog: invariant ${broken} is broken`);
  }

  #full(): ArenaFullError {
    return new ArenaFullError(this.arena, 'a HyperLogLog that has seen more keys');
  }
}

function checkSketch(other: unknown): asserts other is HyperLogLog {
  if (!(other instanceof HyperLogLog)) throw new TypeError(`Expected a HyperLogLog, got ${typeof other}`);
}

/** Makes a sketch of bytes that are not trusted; returns its address. */
function load(arena: Arena, bytes: Uint8Array): number {
  // A copy: a Buffer's own slice would be a view.
  const payload = new Uint8Array(unseal(arena, KIND, VERSION, bytes));
  if (payload.length < HEADER_BYTES) throw refused(KIND, `${payload.length} bytes are no header`);
  const head = new DataView(payload.buffer);
  const [precision, sparse, filled, form] = [0, 4, 16, 20].map((at) => head.getUint32(at, true)) as [
    number,
    number,
    number,
    number,
  ];
  const small = precision < 7;
  if (precision < LEAST_PRECISION || precision > MOST_PRECISION || sparse > 1 || form > 1 || (small && sparse === 0)) {
    throw refused(KIND, 'a field of the header is out of range');
  }
  const mostSparse = small || sparse === 0 ? 0 : 0.75 * 2 ** (precision - 3);
  const isDense = mostSparse === 0 || filled > mostSparse;
  if (isDense !== (form === 1)) throw refused(KIND, `${filled} registers are not held in form ${form}`);
  const wanted = HEADER_BYTES + (isDense ? 0.75 * 2 ** precision : 4 * filled);
  if (wanted !== payload.length) throw refused(KIND, `${payload.length} bytes where ${wanted} were stated`);
  const kernel = arena.kernel(hyperLogLogKernel);
  const root = kernel.create(precision, sparse, ...seedWords(head.getBigUint64(8, true))) >>> 0;
  if (root === 0) throw new ArenaFullError(arena, 'a HyperLogLog', wanted);
  try {
    if (isDense) fillDense(arena, kernel, root, payload.subarray(HEADER_BYTES));
    else fillSparse(arena, kernel, root, head, precision);
    if (arena.u32[(root + 16) >>> 2] !== filled)
      throw refused(KIND, `there are not ${filled} registers that are not 0`);
  } catch (error) {
    kernel.destroy(root);
    throw error;
  }
  return root;
}

function fillDense(arena: Arena, kernel: HyperLogLogKernel, root: number, registers: Uint8Array): void {
  const at = kernel.densify(root) >>> 0;
  if (at === 0) throw new ArenaFullError(arena, 'a HyperLogLog', registers.length);
  arena.u8Until(at + registers.length).set(registers, at);
  if (kernel.refresh(root) !== 0) throw refused(KIND, 'a register is out of range');
}

function fillSparse(arena: Arena, kernel: HyperLogLogKernel, root: number, head: DataView, precision: number): void {
  let before = -1;
  for (let at = HEADER_BYTES; at < head.byteLength; at += 4) {
    const entry = head.getUint32(at, true);
    const [index, value] = [entry >>> 6, entry & 63];
    if (index <= before || index >= 2 ** precision || value === 0 || value > 65 - precision) {
      throw refused(KIND, `entry ${index} is out of range or order`);
    }
    before = index;
    if (kernel.raise(root, index, value) < 0) throw new ArenaFullError(arena, 'a HyperLogLog', head.byteLength);
  }
}
