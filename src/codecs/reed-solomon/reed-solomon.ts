/**
 * `ReedSolomon`: erasure coding. Of k data shards and m parity shards, any k bring all of them back.
 *
 * Reed & Solomon, "Polynomial Codes over Certain Finite Fields", 1960, in the form of Backblaze's JavaReedSolomon and
 * klauspost/reedsolomon: GF(2^8) with polynomial 0x11d, systematic matrix from a Vandermonde matrix. Parity bytes are
 * theirs, so shards may be exchanged.
 */

import { Arena } from '../../../bindings/arena.js';
import { AshlarError } from '../../../bindings/errors.js';
import { Handle } from '../../../bindings/handle.js';
import { type ReedSolomonKernel, reedSolomonKernel } from '../../../bindings/kernels/codecs/reed-solomon.js';
import { describe, stage } from '../../../bindings/staging.js';
import { invert, type Matrix, multiply, systematicVandermonde } from './matrix.js';
import type { ShardBuffer } from './shard-buffer.js';

export interface ReedSolomonOptions {
  /** Where the work is done. Default `Arena.default`. */
  arena?: Arena;
}

/** A shard, or nothing where it was lost. */
export type MaybeShard = Uint8Array | null | undefined;

/** More shards are lost than there is parity. Nothing was changed. */
export class TooFewShardsError extends AshlarError {
  readonly present: number;
  readonly needed: number;

  constructor(present: number, needed: number) {
    super('TOO_FEW_SHARDS', `${present} shards are left, and ${needed} are needed to bring the others back`);
    this.present = present;
    this.needed = needed;
  }
}

/** Tables of one coefficient, in bytes. */
const TABLE_BYTES = 32;
/** All pieces of one step together: half of a usual second-level cache. */
const STEP_BYTES = 256 * 1024;
const MIN_PIECE_BYTES = 1024;
const MAX_PIECE_BYTES = 32 * 1024;

export class ReedSolomon extends Handle {
  readonly dataShards: number;
  readonly parityShards: number;
  readonly #kernel: ReedSolomonKernel;
  /** All rows: the identity above the parity rows. */
  readonly #matrix: Matrix;

  /**
   * O(k² (k + m)) for the matrix; 32 k m bytes of tables in the arena.
   *
   * @param dataShards k, at least 1
   * @param parityShards m, at least 1; k + m ≤ 255
   * @throws RangeError; ArenaFullError
   */
  constructor(dataShards: number, parityShards: number, options: ReedSolomonOptions = {}) {
    checkCount(dataShards, 'dataShards');
    checkCount(parityShards, 'parityShards');
    if (dataShards + parityShards > 255) {
      throw new RangeError(`There may be 255 shards together, got ${dataShards} + ${parityShards}`);
    }
    const arena = options.arena ?? Arena.default;
    const kernel = arena.kernel(reedSolomonKernel);
    const matrix = systematicVandermonde(dataShards, parityShards);
    const tables = makeTables(arena, kernel, matrix.slice(dataShards));
    super(arena, tables, (pointer) => arena.free(pointer), true);
    this.dataShards = dataShards;
    this.parityShards = parityShards;
    this.#kernel = kernel;
    this.#matrix = matrix;
  }

  static create(dataShards: number, parityShards: number, options: ReedSolomonOptions = {}): ReedSolomon {
    return new ReedSolomon(dataShards, parityShards, options);
  }

  get totalShards(): number {
    return this.dataShards + this.parityShards;
  }

  /**
   * Computes the parity of k data shards of one length. O(k m × length).
   *
   * Every byte position is coded by itself: a shard too long for memory may be encoded in pieces, each of the same
   * range of all shards, and the parity pieces put together.
   *
   * @param shards k data shards: the result is a new array of these and m new parity shards. Or k + m shards: the last
   *   m are overwritten (made, where they are missing), and the result is the array itself
   * @throws TypeError; RangeError when counts or lengths do not fit: nothing is then written. ArenaFullError
   */
  encode(shards: MaybeShard[]): Uint8Array[] {
    const all = shards.length === this.dataShards ? shards.concat(new Array(this.parityShards)) : shards;
    const length = this.#check(all, true);
    const data = all.slice(0, this.dataShards) as Uint8Array[];
    const parity = Array.from(all.slice(this.dataShards), (shard) => shard ?? new Uint8Array(length));
    this.#run(this.alive, data, parity, length);
    parity.forEach((shard, i) => {
      all[this.dataShards + i] = shard;
    });
    return all as Uint8Array[];
  }

  /**
   * True when the parity of k + m shards is what `encode` makes of their data. O(k m × length).
   *
   * @throws TypeError or RangeError when a shard is missing or lengths differ; ArenaFullError
   */
  verify(shards: readonly Uint8Array[]): boolean {
    const length = this.#check(shards, false);
    const data = shards.slice(0, this.dataShards);
    let equal = true;
    this.#eachPiece(this.alive, data, this.parityShards, length, (from, end, outputs, spare) => {
      for (let i = 0; i < outputs.length && equal; i++) {
        const given = (shards[this.dataShards + i] as Uint8Array).subarray(from, end);
        this.arena.u8Until(spare + given.length).set(given, spare);
        equal = this.#kernel.isEqual(outputs[i] as number, spare, given.length) !== 0;
      }
      return equal;
    });
    return equal;
  }

  /**
   * Brings back what is missing (undefined, null or of length 0) from any k shards, in the array itself, which is also
   * the result. O(k × missing × length + k³). Which shards are damaged is for a checksum to say: a wrong byte in a
   * shard that is present makes wrong shards.
   *
   * @throws TooFewShardsError when fewer than k are left; TypeError; RangeError; ArenaFullError. The array is then as
   *   it was
   */
  reconstruct(shards: MaybeShard[]): Uint8Array[] {
    this.#restore(shards, this.totalShards);
    return shards as Uint8Array[];
  }

  /** `reconstruct` for the data shards alone: missing parity stays missing. */
  reconstructData(shards: MaybeShard[]): MaybeShard[] {
    this.#restore(shards, this.dataShards);
    return shards;
  }

  #restore(shards: MaybeShard[], until: number): void {
    const length = this.#check(shards, true, true);
    const present: number[] = [];
    const missing: number[] = [];
    // Holes of the array count, which forEach would pass over.
    for (let i = 0; i < shards.length; i++) {
      if (isPresent(shards[i])) present.push(i);
      else if (i < until) missing.push(i);
    }
    if (present.length < this.dataShards) throw new TooFewShardsError(present.length, this.dataShards);
    if (missing.length === 0) return;
    const used = present.slice(0, this.dataShards);
    const made = missing.map(() => new Uint8Array(length));
    const tables = makeTables(this.arena, this.#kernel, this.#rowsFrom(used, missing));
    try {
      this.#run(
        tables,
        used.map((i) => shards[i] as Uint8Array),
        made,
        length,
      );
    } finally {
      this.arena.free(tables);
    }
    missing.forEach((index, i) => {
      shards[index] = made[i];
    });
  }

  /** Rows that make the shards `wanted` of the k shards `used`. */
  #rowsFrom(used: readonly number[], wanted: readonly number[]): Matrix {
    const inverse = invert(used.map((i) => this.#matrix[i] as Uint8Array));
    return multiply(
      wanted.map((i) => this.#matrix[i] as Uint8Array),
      inverse,
    );
  }

  /**
   * Adds what data shard `index` contributes to the parity, for shards that arrive one by one or in pieces: begin with
   * m zeroed parity shards, and call it once for each range of each data shard. O(m × length).
   *
   * @param piece the bytes of data shard `index` from `offset` on
   * @param parity m shards, changed at [offset, offset + piece.length)
   */
  accumulate(index: number, piece: Uint8Array, parity: readonly Uint8Array[], offset = 0): void {
    const { dataShards, parityShards, arena } = this;
    const pointer = this.alive;
    if (!Number.isInteger(index) || index < 0 || index >= dataShards) {
      throw new RangeError(`A data shard's index must be an integer from 0 to ${dataShards - 1}, got ${index}`);
    }
    if (parity.length !== parityShards) {
      throw new RangeError(`Expected ${parityShards} parity shards, got ${parity.length}`);
    }
    assertShard(piece, index);
    if (!Number.isInteger(offset) || offset < 0) throw new RangeError(`offset must not be negative, got ${offset}`);
    parity.forEach((shard, i) => {
      assertShard(shard, dataShards + i);
      if (shard.length < offset + piece.length) {
        throw new RangeError(`Parity shard ${i} has ${shard.length} bytes, ${offset + piece.length} are needed`);
      }
    });
    const kernel = this.#kernel;
    const room = MAX_PIECE_BYTES;
    const base = stage(arena, 3 * room + 64, piece, ...parity);
    for (let from = 0; from < piece.length; from += room) {
      const part = piece.subarray(from, from + room);
      arena.u8Until(base + room).set(part, base);
      for (let i = 0; i < parityShards; i++) {
        const target = (parity[i] as Uint8Array).subarray(offset + from, offset + from + part.length);
        const u8 = arena.u8Until(base + 3 * room + 64);
        u8.set(target, base + room);
        const cells = (base + 3 * room) >>> 2;
        arena.u32[cells] = base;
        arena.u32[cells + 1] = base + 2 * room;
        const table = pointer + TABLE_BYTES * (i * dataShards + index);
        kernel.multiply(table, cells << 2, 1, (cells << 2) + 4, 1, part.length);
        kernel.addTo(base + room, base + 2 * room, part.length);
        target.set(u8.subarray(base + room, base + room + part.length));
      }
    }
  }

  /** `encode` of shards that live in this codec's arena: nothing is copied. */
  encodeBuffer(buffer: ShardBuffer): void {
    this.#checkBuffer(buffer);
    const data = range(0, this.dataShards).map((i) => buffer.address(i));
    const parity = range(this.dataShards, this.totalShards).map((i) => buffer.address(i));
    this.#multiplyAt(this.alive, data, parity, buffer.shardBytes);
  }

  /**
   * `reconstruct` of shards that live in this codec's arena: nothing is copied.
   *
   * @param missing indices of the shards to write
   */
  reconstructBuffer(buffer: ShardBuffer, missing: readonly number[]): void {
    this.#checkBuffer(buffer);
    const outputs = [...new Set(missing)].map((i) => buffer.address(i));
    const used = range(0, this.totalShards).filter((i) => !missing.includes(i));
    if (used.length < this.dataShards) throw new TooFewShardsError(used.length, this.dataShards);
    if (outputs.length === 0) return;
    used.length = this.dataShards;
    const tables = makeTables(this.arena, this.#kernel, this.#rowsFrom(used, [...new Set(missing)]));
    try {
      this.#multiplyAt(
        tables,
        used.map((i) => buffer.address(i)),
        outputs,
        buffer.shardBytes,
      );
    } finally {
      this.arena.free(tables);
    }
  }

  #checkBuffer(buffer: ShardBuffer): void {
    if (buffer.arena !== this.arena) throw new TypeError('The shards live in another arena than the codec');
    if (buffer.count !== this.totalShards) {
      throw new RangeError(`Expected ${this.totalShards} shards, got a buffer of ${buffer.count}`);
    }
  }

  #multiplyAt(tables: number, inputs: readonly number[], outputs: readonly number[], bytes: number): void {
    const cells = this.arena.scratch(4 * 256);
    const lists = (cells >>> 2) + inputs.length;
    // A range at a time, so that inputs are in the cache when there are several groups of outputs.
    const step = pieceBytes(inputs.length + outputs.length);
    for (let from = 0; from < bytes; from += step) {
      const { u32 } = this.arena;
      for (let i = 0; i < inputs.length; i++) u32[(cells >>> 2) + i] = (inputs[i] as number) + from;
      for (let i = 0; i < outputs.length; i++) u32[lists + i] = (outputs[i] as number) + from;
      const size = Math.min(step, bytes - from);
      this.#kernel.multiply(tables, cells, inputs.length, lists << 2, outputs.length, size);
    }
  }

  #run(tables: number, inputs: readonly Uint8Array[], outputs: readonly Uint8Array[], length: number): void {
    this.#eachPiece(
      tables,
      inputs,
      outputs.length,
      length,
      (from, end, at) => {
        const u8 = this.arena.u8Until(0);
        outputs.forEach((output, i) => {
          const address = at[i] as number;
          output.set(u8.subarray(address, address + end - from), from);
        });
        return true;
      },
      outputs,
    );
  }

  /** Multiplies range by range through the staging block; `use` gets where the outputs are, and a spare room. */
  #eachPiece(
    tables: number,
    inputs: readonly Uint8Array[],
    outputCount: number,
    length: number,
    use: (from: number, end: number, outputs: readonly number[], spare: number) => boolean,
    outputs: readonly Uint8Array[] = [],
  ): void {
    const { arena } = this;
    const kernel = this.#kernel;
    const count = inputs.length + outputCount;
    const room = Math.min(pieceBytes(count), Math.ceil(length / 64) * 64);
    const base = stage(arena, 4 * 256 + (count + 1) * room, ...inputs, ...outputs);
    const first = base + 4 * 256;
    const cells = base >>> 2;
    for (let i = 0; i < count; i++) arena.u32[cells + i] = first + i * room;
    const places = range(inputs.length, count).map((i) => first + i * room);
    for (let from = 0; from < length; from += room) {
      const end = Math.min(from + room, length);
      const u8 = arena.u8Until(first + (count + 1) * room);
      for (let i = 0; i < inputs.length; i++) u8.set((inputs[i] as Uint8Array).subarray(from, end), first + i * room);
      kernel.multiply(tables, base, inputs.length, base + 4 * inputs.length, outputCount, end - from);
      if (!use(from, end, places, first + count * room)) return;
    }
  }

  /** The one length of the shards; `gaps` says whether parity, `anyGaps` whether any shard may be missing. */
  #check(shards: readonly MaybeShard[], gaps: boolean, anyGaps = false): number {
    if (!Array.isArray(shards)) throw new TypeError(`shards must be an array, got ${describe(shards)}`);
    if (shards.length !== this.totalShards) {
      throw new RangeError(`Expected ${this.totalShards} shards, got ${shards.length}`);
    }
    let length = -1;
    for (let i = 0; i < shards.length; i++) {
      const shard = shards[i];
      if ((anyGaps && !isPresent(shard)) || (gaps && i >= this.dataShards && (shard === undefined || shard === null))) {
        continue;
      }
      assertShard(shard, i);
      if (length < 0) length = shard.length;
      if (shard.length !== length) {
        throw new RangeError(
          `Shards must have one length: shard ${i} has ${shard.length} bytes, others have ${length}`,
        );
      }
    }
    return Math.max(length, 0);
  }
}

function isPresent(shard: MaybeShard): boolean {
  return shard !== undefined && shard !== null && shard.length > 0;
}

/** The tables of all coefficients, in a block of their own. */
function makeTables(arena: Arena, kernel: ReedSolomonKernel, rows: Matrix): number {
  const width = (rows[0] as Uint8Array).length;
  const count = rows.length * width;
  const coefficients = arena.scratch(count);
  const tables = arena.allocAligned(TABLE_BYTES * count, 16);
  const u8 = arena.u8Until(coefficients + count);
  rows.forEach((row, i) => {
    u8.set(row, coefficients + i * width);
  });
  kernel.makeTables(coefficients, count, tables);
  return tables;
}

/** Bytes of each shard that are worked on at once; a multiple of 64. */
function pieceBytes(shards: number): number {
  const bytes = Math.floor(STEP_BYTES / shards / 64) * 64;
  return Math.max(MIN_PIECE_BYTES, Math.min(bytes, MAX_PIECE_BYTES));
}

function range(from: number, end: number): number[] {
  return Array.from({ length: end - from }, (_, i) => from + i);
}

function checkCount(value: number, name: string): void {
  if (!Number.isInteger(value) || value < 1 || value > 254) {
    throw new RangeError(`${name} must be an integer from 1 to 254, got ${value}`);
  }
}

function assertShard(shard: unknown, index: number): asserts shard is Uint8Array {
  if (!(shard instanceof Uint8Array) && Object.prototype.toString.call(shard) !== '[object Uint8Array]') {
    throw new TypeError(`Shard ${index} must be a Uint8Array, got ${describe(shard)}`);
  }
}
