/** `Sketch`: what the sketches share: a kernel, a root in the arena, staged keys, and a header of numbers. */

import { Arena } from './arena.js';
import { ArenaFullError } from './errors.js';
import { Adopted, Handle, type HandleOptions, type StructureKind } from './handle.js';
import type { Kernel } from './kernel.js';
import { roomFor, type SketchKey, stageBytes } from './keys.js';

/** Options of a sketch that hashes its keys. */
export interface SeededOptions extends HandleOptions {
  /**
   * Seed of the hash, an integer from 0 to 2^64 − 1. Default 0, so that sketches made anywhere can be merged and compared.
   * Whoever knows it can make keys that collide: take a secret one where keys come from strangers.
   */
  seed?: number | bigint;
}

/** A structure that exists already, without a handle. */
export class Made {
  constructor(
    readonly arena: Arena,
    readonly root: number,
    readonly name: string | undefined,
  ) {}
}

/** A kernel that frees what it made. */
interface Destroys {
  destroy(root: number): void;
}

export abstract class Sketch<K extends Destroys> extends Handle {
  protected readonly kernel: K;
  /** Bytes of the key that `staged` wrote last. */
  protected stagedBytes = 0;

  /** @param make the address of a new structure, 0 when the arena is full */
  protected constructor(
    kind: StructureKind,
    kernelOf: Kernel<K>,
    options: HandleOptions | Adopted | Made,
    make: (arena: Arena, kernel: K) => number,
  ) {
    const arena = options.arena ?? Arena.default;
    const kernel = arena.kernel(kernelOf);
    const adopted = options instanceof Adopted;
    const ready = adopted || options instanceof Made;
    const name = adopted ? undefined : options.name;
    const root = ready
      ? options.root
      : Handle.allocate(arena, name, () => {
          const made = make(arena, kernel) >>> 0;
          if (made === 0) throw new ArenaFullError(arena, `a ${kind.name}`);
          return made;
        });
    super(arena, root, kernel.destroy, !adopted && name === undefined);
    this.kernel = kernel;
    if (adopted) arena.opened(root, this);
    else this.enterName(name, kind);
  }

  /** Address of the staged bytes of a key; their number is `stagedBytes`. */
  protected staged(key: Exclude<SketchKey, number>): number {
    const room = roomFor(key);
    const at = this.arena.scratch(room);
    this.stagedBytes = stageBytes(this.arena, at, key, room);
    return at;
  }

  /** The u32 at byte `offset` of the root. */
  protected word(offset: number): number {
    return this.arena.u32[(this.alive + offset) >>> 2] as number;
  }

  /** The f64 at byte `offset` of the root. */
  protected float(offset: number): number {
    return this.arena.f64[(this.alive + offset) >>> 3] as number;
  }

  /** The u64 at byte `offset` of the root. */
  protected wide(offset: number): bigint {
    return (BigInt(this.word(offset + 4)) << 32n) | BigInt(this.word(offset));
  }
}

/** A seed as two words, the low one first. */
export function seedWords(seed: number | bigint = 0): [low: number, high: number] {
  const whole = typeof seed === 'bigint' || Number.isSafeInteger(seed);
  const wide = whole ? BigInt(seed) : -1n;
  if (wide < 0n || wide >= 1n << 64n) throw new RangeError(`seed must be an integer from 0 to 2^64 − 1, got ${seed}`);
  return [Number(wide & 0xffff_ffffn) | 0, Number(wide >> 32n) | 0];
}

/** An option that is a whole number within bounds. */
export function checkInteger(value: unknown, what: string, least: number, most: number): asserts value is number {
  if (typeof value !== 'number') throw new TypeError(`${what} must be a number, got ${typeof value}`);
  if (!(Number.isInteger(value) && value >= least && value <= most)) {
    throw new RangeError(`${what} must be an integer from ${least} to ${most}, got ${value}`);
  }
}
