/**
 * A lock in shared memory that threads have one after the other, and that survives them: who finds its holder dead takes
 * it over. It is for what takes microseconds. What it guards must be whole at every moment, or be mended by who takes over.
 *
 * Two words:
 *
 *     offset  meaning
 *          0  0, or twice the identity of the holder, and 1 while somebody sleeps until it is free
 *          1  how often it was taken
 *
 * A holder is dead when its participant has left or was buried, or when nobody took the lock for LEASE_MS while it was held.
 */

import { type Participants, SharedArenaError } from './participants.js';

/** Looks at a lock that is held before it is called busy: some ten microseconds. */
const SPINS = 1000;
const WAIT_MS = 1;
const LEASE_MS = 1000;

export class RobustLock {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #participants: Participants;
  readonly #monotonic: () => number;
  readonly #mine: number;
  /** Since when the holder that was met last has it without a break. */
  #heldSince = 0;
  #met = 0;
  #takenThen = 0;
  /** How often it was taken from the dead through this handle. */
  #takenOver = 0;

  /**
   * @param at index of the lock's words, all zero when it is made
   * @param monotonic milliseconds, by which leases end
   */
  constructor(words: Int32Array, at: number, participants: Participants, monotonic: () => number) {
    this.#words = words;
    this.#at = at;
    this.#participants = participants;
    this.#monotonic = monotonic;
    this.#mine = participants.identity << 1;
  }

  /** How often this handle took it from one who was dead. */
  get takenOver(): number {
    return this.#takenOver;
  }

  /** Takes it, unless somebody else has it for longer than a few microseconds. */
  tryTake(): boolean {
    const words = this.#words;
    const at = this.#at;
    if (Atomics.compareExchange(words, at, 0, this.#mine) !== 0 && !this.#contend()) return false;
    // Plain, since only the holder writes it; whoever looks at it meanwhile looks again later.
    words[at + 1] = ((words[at + 1] as number) + 1) | 0;
    return true;
  }

  /** Takes it, and waits for it where that must be. @throws SharedArenaError on a thread that must not wait */
  take(): void {
    while (!this.tryTake()) {
      if (!this.#participants.mayWait) {
        throw new SharedArenaError('Another thread is at it, and this thread must not wait: try again');
      }
      const held = Atomics.load(this.#words, this.#at);
      if (held === 0) continue;
      if ((held & 1) === 0 && Atomics.compareExchange(this.#words, this.#at, held, held | 1) !== held) continue;
      Atomics.wait(this.#words, this.#at, held | 1, WAIT_MS);
    }
  }

  /** Gives it back; does nothing when somebody has taken it over. */
  give(): void {
    const words = this.#words;
    if (Atomics.compareExchange(words, this.#at, this.#mine, 0) === this.#mine) return;
    if (Atomics.compareExchange(words, this.#at, this.#mine | 1, 0) !== (this.#mine | 1)) return;
    Atomics.notify(words, this.#at, 1);
  }

  #contend(): boolean {
    const words = this.#words;
    const at = this.#at;
    for (let spins = 0; spins < SPINS; spins++) {
      if (Atomics.load(words, at) === 0 && Atomics.compareExchange(words, at, 0, this.#mine) === 0) return true;
    }
    const held = Atomics.load(words, at);
    if (held === 0 || !this.#isDead(held)) return false;
    // Whoever sleeps is told when it is given back: the mark stays.
    if (Atomics.compareExchange(words, at, held, this.#mine | (held & 1)) !== held) return false;
    this.#takenOver++;
    return true;
  }

  #isDead(held: number): boolean {
    if (!this.#participants.isHere(held >>> 1)) return true;
    const taken = Atomics.load(this.#words, this.#at + 1);
    const now = this.#monotonic();
    if (this.#met !== held >>> 1 || this.#takenThen !== taken) {
      this.#met = held >>> 1;
      this.#takenThen = taken;
      this.#heldSince = now;
    }
    return now - this.#heldSince >= LEASE_MS;
  }
}
