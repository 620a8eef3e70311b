/**
 * A bell in shared memory: who waits for something to change says so, looks once more, and sleeps; who changes it rings when
 * somebody listens (an event count). While nobody does, ringing is one load.
 *
 * Two words:
 *
 *     offset  meaning
 *          0  1 once somebody listens
 *          1  how often it rang
 *
 * A thread that is killed between what it changed and the ringing leaves others asleep: whoever sleeps does so for
 * SLICE_MS at most, and looks again.
 */

/** The longest sleep at a time. */
export const SLICE_MS = 100;

type WaitAsync = (
  words: Int32Array,
  at: number,
  value: number,
  timeoutMs: number,
) => { async: false; value: string } | { async: true; value: Promise<string> };

const waitAsync = (Atomics as { waitAsync?: WaitAsync }).waitAsync;

export class Bell {
  readonly #words: Int32Array;
  readonly #at: number;

  /** @param at index of its words, all zero when it is made */
  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#at = at;
  }

  /** Rings when somebody listens. Call it after what they wait for has changed. */
  ring(): void {
    if (Atomics.load(this.#words, this.#at) !== 0) this.ringAnyway();
  }

  ringAnyway(): void {
    Atomics.store(this.#words, this.#at, 0);
    Atomics.add(this.#words, this.#at + 1, 1);
    Atomics.notify(this.#words, this.#at + 1);
  }

  /** Listens from now on: what it returns is for `sleep` and `heard`. Look once more before either. */
  listen(): number {
    const rung = Atomics.load(this.#words, this.#at + 1);
    Atomics.store(this.#words, this.#at, 1);
    return rung;
  }

  /** Sleeps until it rings, has rung since `listen`, or `ms` have passed. Throws where a thread must not wait. */
  sleep(listened: number, ms: number): void {
    Atomics.wait(this.#words, this.#at + 1, listened, Math.min(ms, SLICE_MS));
  }

  /**
   * A promise that it rang, or that SLICE_MS have passed; `true` when it has rung since `listen`; `undefined` where the
   * platform cannot tell (no `Atomics.waitAsync`).
   */
  heard(listened: number): Promise<unknown> | true | undefined {
    if (waitAsync === undefined) return undefined;
    const wait = waitAsync(this.#words, this.#at + 1, listened, SLICE_MS);
    return wait.async ? wait.value : true;
  }
}
