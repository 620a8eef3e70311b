/** What a cache holds for a key, and a load that is under way for it. */

import { SharedCall } from '../../base/shared-call.js';
import { TimeoutError } from '../../base/wait-errors.js';
import { MOST_DELAY_MS } from '../../base/waiter.js';
import type { Timer } from '../../ports/timer.js';
import type { LoadContext } from './options.js';

const NEVER = Number.NEGATIVE_INFINITY;

/** A value with its times, in monotonic milliseconds. `undefined` is remembered, too: there is no value. */
export class Held<V> {
  readonly value: V | undefined;
  freshUntil: number;
  staleUntil: number;
  /** From here on a read thinks about loading again; never after `freshUntil`. */
  refreshAt: number;
  /** Until then nothing is loaded, because a load has failed. */
  failedUntil = NEVER;
  /** What it failed with. */
  error: unknown = undefined;
  /** How long it took to load. */
  readonly loadMs: number;
  readonly tags: readonly string[];
  readonly stamp: number;
  #given: Promise<V | undefined> | undefined;

  constructor(value: V | undefined, freshUntil: number, staleUntil: number, refreshAt: number, from: Origin) {
    this.value = value;
    this.freshUntil = freshUntil;
    this.staleUntil = staleUntil;
    this.refreshAt = refreshAt;
    this.loadMs = from.loadMs;
    this.tags = from.tags;
    this.stamp = from.stamp;
  }

  /** A key whose load failed, and for which there is no value. */
  static failed<V>(error: unknown, until: number, from: Origin): Held<V> {
    const held = new Held<V>(undefined, NEVER, NEVER, NEVER, from);
    held.error = error;
    held.failedUntil = until;
    return held;
  }

  /** The value as a promise: one for all who read it. */
  get given(): Promise<V | undefined> {
    this.#given ??= Promise.resolve(this.value);
    return this.#given;
  }
}

/** Where a value comes from. */
export interface Origin {
  readonly loadMs: number;
  readonly tags: readonly string[];
  /** Of the tags' versions, when the value began to be loaded. */
  readonly stamp: number;
}

/** A load that callers share. */
export class Flight<V> extends SharedCall<V | undefined> implements LoadContext<V> {
  ttl: number;
  grace: number;
  tags: readonly string[];
  noStore = false;
  /** False once the key was set or deleted, or everything cleared: the result is for those who wait, and not kept. */
  current = true;
  readonly stamp: number;
  readonly startedMs: number;
  /** Begun before freshness ended: what is as old as the value that is there is of no use. */
  readonly early: boolean;
  /** What is given where the load fails or takes too long. */
  stale: Held<V> | undefined;
  readonly #offered: (flight: Flight<V>, value: V, graceMs: number, tags: readonly string[]) => void;
  /** Those who would rather have a stale value by now. */
  #eager: Set<() => void> | undefined;

  constructor(
    entry: { readonly ttl: number; readonly grace: number; readonly tags: readonly string[] },
    origin: {
      readonly stamp: number;
      readonly startedMs: number;
      readonly stale: Held<V> | undefined;
      readonly early: boolean;
    },
    abandoned: () => void,
    offered: (flight: Flight<V>, value: V, graceMs: number, tags: readonly string[]) => void,
  ) {
    super(abandoned);
    this.ttl = entry.ttl;
    this.grace = entry.grace;
    this.tags = entry.tags;
    this.stamp = origin.stamp;
    this.startedMs = origin.startedMs;
    this.stale = origin.stale;
    this.early = origin.early;
    this.#offered = offered;
  }

  get staleValue(): V | undefined {
    return this.stale?.value;
  }

  offerStale(value: V, graceMs: number, tags: readonly string[]): void {
    this.#offered(this, value, graceMs, tags);
    if (this.stale !== undefined) for (const tell of [...(this.#eager ?? [])]) tell();
  }

  /** The load goes on with nobody waiting; its failure is nobody's. */
  goOn(): void {
    this.hold();
    this.outcome.then(undefined, () => {});
  }

  /**
   * Waits for the outcome, but takes a stale value after `softMs`, and gives up after `hardMs`; then the load goes on.
   *
   * @param counted told of a wait that ended early: whether with a stale value
   */
  joinWithin(
    signal: AbortSignal | undefined,
    timer: Timer,
    softMs: number,
    hardMs: number,
    counted: (stale: boolean) => void,
  ): Promise<V | undefined> {
    return new Promise((resolve, reject) => {
      let late = false;
      const cancels: (() => void)[] = [];
      let waits = true;
      const done = () => {
        if (!waits) return;
        waits = false;
        for (const cancel of cancels) cancel();
        signal?.removeEventListener('abort', leave);
        this.#eager?.delete(settle);
      };
      const leave = () => {
        done();
        reject(signal?.reason);
        this.leave(signal?.reason);
      };
      const giveUp = (error: TimeoutError | undefined) => {
        const { stale } = this;
        if (stale === undefined && error === undefined) return;
        done();
        this.hold();
        counted(stale !== undefined);
        if (stale === undefined) reject(error);
        else resolve(stale.value);
      };
      const settle = () => {
        if (late) giveUp(undefined);
      };
      const becomeEager = () => {
        late = true;
        this.#eager ??= new Set();
        this.#eager.add(settle);
        settle();
      };
      if (signal === undefined) this.hold();
      else this.enter();
      this.outcome.then(
        (value) => {
          done();
          resolve(value);
        },
        (error: unknown) => {
          done();
          reject(error);
        },
      );
      signal?.addEventListener('abort', leave);
      if (hardMs <= MOST_DELAY_MS) {
        cancels.push(timer.after(hardMs, () => giveUp(new TimeoutError('The wait for a load', hardMs))));
      }
      if (softMs === 0) becomeEager();
      else if (softMs <= MOST_DELAY_MS) cancels.push(timer.after(softMs, becomeEager));
    });
  }
}

/** The promise, or a `TimeoutError` when it takes longer; `onTimeout` is told then. */
export function within<V>(
  promise: PromiseLike<V>,
  timer: Timer,
  timeoutMs: number,
  what: string,
  onTimeout?: (error: TimeoutError) => void,
): Promise<V> {
  return new Promise((resolve, reject) => {
    const cancel = timer.after(timeoutMs, () => {
      const error = new TimeoutError(what, timeoutMs);
      reject(error);
      onTimeout?.(error);
    });
    promise.then(
      (value) => {
        cancel();
        resolve(value);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}
