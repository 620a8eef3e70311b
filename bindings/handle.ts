/** `Handle`: what every structure that lives in an arena is: an address, an owner, and a way to end. */

import type { Arena } from './arena.js';
import { disposeSymbol } from './dispose.js';
import { DisposedError } from './errors.js';

/** Options every arena structure takes. */
export interface HandleOptions {
  /** Where the structure lives. Default `Arena.default`. */
  arena?: Arena;
  /**
   * Enters the structure in the arena's directory, so that `X.open(arena, name)` finds it again, also after a
   * snapshot. A named structure is freed by `dispose()` only, not when its handle is forgotten.
   */
  name?: string;
}

/** A kind of structure as the directory knows it. `number` is stored in snapshots: never reuse one. */
export interface StructureKind {
  readonly number: number;
  readonly name: string;
}

/** Stands in for the options when a handle is made for a structure that exists already. */
export class Adopted {
  constructor(
    readonly arena: Arena,
    readonly root: number,
  ) {}
}

/**
 * Gives a structure away: whoever calls this owns the address it returns. The handle is as if disposed. For owners
 * within the arena, such as an entry of a keyspace.
 */
export let surrender: (handle: Handle) => number;

export abstract class Handle {
  static {
    surrender = (handle) => {
      const pointer = handle.alive;
      handle.pointer = 0;
      handle.arena.untrack(handle);
      return pointer;
    };
  }

  /** Address of the structure in its arena; 0 once disposed. Kernels take it as their first argument. */
  protected pointer: number;
  readonly arena: Arena;
  readonly #release: (pointer: number) => void;

  /**
   * @param pointer address of the structure
   * @param release frees it; must not hold on to the handle
   * @param track false for a named structure, which outlives its handles
   */
  protected constructor(arena: Arena, pointer: number, release: (pointer: number) => void, track: boolean) {
    this.arena = arena;
    this.pointer = pointer;
    this.#release = release;
    if (track) arena.track(this, pointer, release);
  }

  /**
   * Makes a structure and enters its name, in the order that leaves nothing behind when either fails.
   *
   * @param create returns the new address, or throws
   */
  protected static allocate(arena: Arena, name: string | undefined, create: () => number): number {
    arena.assertAlive();
    if (name !== undefined) arena.assertNameFree(name);
    else if (arena.isShared) throw new TypeError('A structure of a shared arena needs a name, by which others open it');
    return arena.exclusive(create);
  }

  /** Enters the name of a structure that was just made; frees the structure when that fails. */
  protected enterName(name: string | undefined, kind: StructureKind): void {
    if (name === undefined) return;
    try {
      this.arena.addName(name, kind.number, this.pointer, this);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** True once `dispose()` was called, on this handle or on its arena. */
  get disposed(): boolean {
    return this.pointer === 0 || this.arena.disposed;
  }

  /** The address, or `DisposedError`. */
  protected get alive(): number {
    if (this.pointer === 0 || this.arena.disposed) throw new DisposedError(this.constructor.name);
    return this.pointer;
  }

  /** Frees the structure and its name. Any later use throws `DisposedError`. Idempotent. */
  dispose(): void {
    const pointer = this.pointer;
    if (pointer === 0) return;
    this.pointer = 0;
    if (this.arena.disposed) return;
    this.arena.untrack(this);
    this.arena.removeName(pointer);
    this.arena.exclusive(() => this.#release(pointer));
  }

  [disposeSymbol](): void {
    this.dispose();
  }
}
