/** Who holds what since when, while that is recorded; and what was dropped without being given back. */

import type { Clock } from '../../ports/clock.js';
import type { PooledBuffer } from './pooled-buffer.js';

/** A buffer that is out. */
export interface Held {
  readonly bytes: number;
  readonly capacity: number;
  readonly heldMs: number;
  /** Where it was taken, or sliced. */
  readonly taken: Error;
}

interface Note {
  readonly bytes: number;
  readonly capacity: number;
  readonly sinceMs: number;
  readonly taken: Error;
  /** Gives the piece back in place of who dropped the buffer. */
  readonly reclaim: () => void;
}

export class Leaks {
  readonly #clock: Clock;
  readonly #notes = new Set<Note>();
  readonly #byBuffer = new WeakMap<PooledBuffer, Note>();
  readonly #registry: FinalizationRegistry<Note>;

  constructor(clock: Clock, dropped: (held: Held) => void) {
    this.#clock = clock;
    this.#registry = new FinalizationRegistry((note) => {
      if (!this.#notes.delete(note)) return;
      note.reclaim();
      dropped(this.#heldOf(note));
    });
  }

  taken(buffer: PooledBuffer, reclaim: () => void): void {
    const { length: bytes, capacity } = buffer;
    const note: Note = {
      bytes,
      capacity,
      sinceMs: this.#clock.monotonic(),
      taken: new Error('It was taken here'),
      reclaim,
    };
    this.#notes.add(note);
    this.#byBuffer.set(buffer, note);
    this.#registry.register(buffer, note, note);
  }

  released(buffer: PooledBuffer): void {
    const note = this.#byBuffer.get(buffer);
    if (note === undefined) return;
    this.#notes.delete(note);
    this.#registry.unregister(note);
  }

  report(): Held[] {
    return Array.from(this.#notes, (note) => this.#heldOf(note));
  }

  #heldOf({ bytes, capacity, sinceMs, taken }: Note): Held {
    return { bytes, capacity, heldMs: this.#clock.monotonic() - sinceMs, taken };
  }
}
