/**
 * A circuit breaker: stops calling what fails, and tries now and then whether it is back.
 *
 * It has no timer: that the open time is over is noticed by the next call, so that a breaker costs nothing between calls and
 * works where timers are forbidden. A closed breaker that counts calls and does not look at slow ones reads no clock either.
 */

import { AshlarError } from '../../../bindings/errors.js';
import { Events, type Listener } from '../../base/events.js';
import { TimeoutError } from '../../base/wait-errors.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { type Random, systemRandom } from '../../ports/random.js';
import type { Call } from '../policy/call.js';
import { type Next, Policy, type PolicyContext } from '../policy/policy.js';
import { type BreakerDump, checkDump } from './dump.js';
import { BreakerMachine, type BreakerState, REFUSED } from './machine.js';
import { type CircuitBreakerOptions, type Classify, settle } from './options.js';
import { MAX_WEIGHT, UNIT } from './windows.js';

/** The breaker let nothing through. */
export class CircuitOpenError extends AshlarError {
  readonly state: BreakerState;
  /** Milliseconds until a probe is let through; `Infinity` while it is isolated. */
  readonly retryAfterMs: number;

  constructor(state: BreakerState, retryAfterMs: number) {
    super('CIRCUIT_OPEN', `The circuit is ${state}${lasting(retryAfterMs)}`);
    this.state = state;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface CircuitBreakerEvents {
  stateChange: { readonly from: BreakerState; readonly to: BreakerState; readonly openMs: number };
  success: { readonly value: unknown; readonly durationMs: number | undefined; readonly slow: boolean };
  failure: {
    readonly error?: unknown;
    readonly value?: unknown;
    readonly weight: number;
    readonly durationMs: number | undefined;
    readonly slow: boolean;
  };
  /** A call that counted as neither. */
  ignored: { readonly error?: unknown; readonly value?: unknown };
  rejected: CircuitOpenError;
}

export interface CircuitBreakerStats {
  readonly state: BreakerState;
  /** Of the window, while it is closed. */
  readonly calls: number;
  readonly failures: number;
  readonly slowCalls: number;
  /** Since the breaker was made. */
  readonly rejected: number;
  readonly opened: number;
}

export class CircuitBreaker extends Policy {
  readonly #machine: BreakerMachine;
  readonly #clock: Clock;
  readonly #classify: Classify | undefined;
  readonly #fallback: ((error: CircuitOpenError, context: PolicyContext) => unknown) | undefined;
  readonly #slowCallMs: number;
  /** Whether the window asks for the time. */
  readonly #timed: boolean;
  /** Whether calls are measured. */
  readonly #measured: boolean;
  readonly #events = new Events<CircuitBreakerEvents>();
  #rejected = 0;
  #opened = 0;

  /** @throws TypeError, RangeError when an option cannot be */
  constructor(options: CircuitBreakerOptions = {}) {
    super();
    const random: Random = options.random ?? systemRandom;
    const settled = settle(options, random);
    this.#clock = options.clock ?? systemClock;
    this.#machine = new BreakerMachine(settled.machine);
    this.#classify = options.classify;
    this.#fallback = options.fallback;
    this.#slowCallMs = settled.slowCallMs;
    this.#timed = settled.timed;
    this.#measured = settled.slowCallMs !== Number.POSITIVE_INFINITY;
    if (options.from !== undefined) this.hydrate(options.from);
  }

  run<R>(next: Next<R>, call: Call): Promise<R> {
    const machine = this.#machine;
    const permit = machine.state === 'closed' ? machine.generation : this.#admit();
    return permit === REFUSED ? this.#refuse<R>(call) : this.#guard(next, call, permit);
  }

  /** As it is now: an open breaker whose time is over is `'open'` until somebody calls. */
  get state(): BreakerState {
    return this.#machine.state;
  }

  /** Milliseconds until a probe is let through; 0 when a call may be made, `Infinity` while isolated. */
  get retryAfterMs(): number {
    return this.#machine.remainingMs(this.#clock.monotonic());
  }

  /** Opens by hand, as if the rule were met: a probe is let through after the open time. */
  open(): void {
    this.#change(() => this.#machine.open(this.#clock.monotonic()));
  }

  /** Closes by hand, and forgets what was counted; isolations too. */
  close(): void {
    this.#change(() => this.#machine.close());
  }

  /** Refuses every call until what comes back is disposed; of several, until the last is. */
  isolate(): Disposable {
    const handle: Disposable = {
      [Symbol.dispose]: () => this.#change(() => this.#machine.release(handle)),
    };
    this.#change(() => this.#machine.isolate(handle));
    return handle;
  }

  /** Adds a listener to an event; what comes back removes it. */
  on<K extends keyof CircuitBreakerEvents>(event: K, listener: Listener<CircuitBreakerEvents[K]>): () => void {
    return this.#events.on(event, listener);
  }

  stats(): CircuitBreakerStats {
    return {
      state: this.#machine.state,
      ...this.#machine.rates(this.#clock.monotonic()),
      rejected: this.#rejected,
      opened: this.#opened,
    };
  }

  /** What the breaker knows, as JSON: for a store, or another process. */
  dump(): BreakerDump {
    return { version: 1, atMs: this.#clock.now(), ...this.#machine.dump(this.#clock.monotonic()) };
  }

  /**
   * Becomes what was dumped. The open time goes on by the wall clock, and is never longer than it was: a clock that jumped
   * back makes nobody wait for ever.
   *
   * @throws TypeError, RangeError when it is no dump; the breaker is unchanged then
   */
  hydrate(dump: BreakerDump): void {
    checkDump(dump);
    const passedMs = Math.max(0, this.#clock.now() - dump.atMs);
    const remainingMs = Math.max(0, dump.remainingMs - passedMs);
    this.#change(() => this.#machine.load({ ...dump, remainingMs }, this.#clock.monotonic()));
  }

  #admit(): number {
    const machine = this.#machine;
    const before = machine.state;
    const permit = machine.admit(this.#clock.monotonic());
    if (machine.state !== before) this.#changed(before);
    return permit;
  }

  async #guard<R>(next: Next<R>, call: Call, permit: number): Promise<R> {
    const startMs = this.#measured ? this.#clock.monotonic() : 0;
    let value: R;
    try {
      value = await next(call);
    } catch (error) {
      this.#failed(error, call, permit, startMs);
      throw error;
    }
    this.#gave(value, call, permit, startMs);
    return value;
  }

  #gave(value: unknown, call: Call, permit: number, startMs: number): void {
    if (this.#classify !== undefined) {
      const verdict = this.#classify({ value }, call);
      if (verdict !== undefined && verdict !== 'success') {
        this.#settle(verdict, { value }, permit, startMs);
        return;
      }
    }
    this.#succeeded(value, permit, startMs);
  }

  #succeeded(value: unknown, permit: number, startMs: number): void {
    const nowMs = this.#measured || this.#timed || this.#machine.state !== 'closed' ? this.#clock.monotonic() : 0;
    const slow = this.#measured && nowMs - startMs > this.#slowCallMs;
    this.#record(permit, 0, slow, nowMs);
    if (this.#events.active) {
      this.#events.emit('success', { value, durationMs: this.#measured ? nowMs - startMs : undefined, slow });
    }
  }

  #failed(error: unknown, call: Call, permit: number, startMs: number): void {
    const verdict = this.#classify?.({ error }, call) ?? (isCallersWish(call) ? 'ignore' : 'failure');
    if (verdict === 'success') this.#succeeded(undefined, permit, startMs);
    else this.#settle(verdict, { error }, permit, startMs);
  }

  #settle(
    verdict: 'failure' | 'ignore' | number,
    outcome: { error?: unknown; value?: unknown },
    permit: number,
    startMs: number,
  ): void {
    if (verdict === 'ignore') {
      this.#machine.ignore(permit);
      if (this.#events.active) this.#events.emit('ignored', outcome);
      return;
    }
    const weight = verdict === 'failure' ? 1 : verdict;
    if (!(typeof weight === 'number' && weight > 0 && weight <= MAX_WEIGHT)) {
      this.#machine.ignore(permit);
      throw new RangeError(
        `classify must give 'success', 'failure', 'ignore' or a weight above 0, at most ${MAX_WEIGHT}, got ${String(verdict)}`,
      );
    }
    const nowMs = this.#clock.monotonic();
    const slow = this.#measured && nowMs - startMs > this.#slowCallMs;
    this.#record(permit, Math.max(1, Math.round(weight * UNIT)), slow, nowMs);
    if (this.#events.active) {
      const durationMs = this.#measured ? nowMs - startMs : undefined;
      this.#events.emit('failure', { ...outcome, weight, durationMs, slow });
    }
  }

  #record(permit: number, units: number, slow: boolean, nowMs: number): void {
    const machine = this.#machine;
    const before = machine.state;
    if (machine.record(permit, units, slow, nowMs)) machine.open(this.#clock.monotonic());
    if (machine.state !== before) this.#changed(before);
  }

  #refuse<R>(call: Call): Promise<R> {
    // Whole milliseconds, and not less than it takes.
    const retryAfterMs = Math.ceil(this.#machine.remainingMs(this.#clock.monotonic()));
    const error = new CircuitOpenError(this.#machine.state, retryAfterMs);
    this.#rejected++;
    if (this.#events.active) this.#events.emit('rejected', error);
    const fallback = this.#fallback;
    if (fallback === undefined) return Promise.reject(error);
    return new Promise((resolve) => resolve(fallback(error, call) as R));
  }

  #change(action: () => void): void {
    const before = this.#machine.state;
    action();
    if (this.#machine.state !== before) this.#changed(before);
  }

  #changed(from: BreakerState): void {
    const to = this.#machine.state;
    if (to === 'open') this.#opened++;
    if (!this.#events.active) return;
    this.#events.emit('stateChange', { from, to, openMs: this.#machine.remainingMs(this.#clock.monotonic()) });
  }
}

function lasting(ms: number): string {
  if (ms === 0) return '';
  return ms === Number.POSITIVE_INFINITY ? ', and stays so until it is released' : `, and stays so for ${ms} ms`;
}

/** Who gave the call up says nothing about the other side; that it took too long does. */
function isCallersWish(call: Call): boolean {
  return call.aborted && !(call.reason instanceof TimeoutError);
}
