/**
 * The circuit breaker as a machine without time of its own (Nygard, "Release It!", 2007; rates as in resilience4j).
 *
 * ```
 *            rule is met                    openMs is over, and somebody asks
 *  closed ───────────────▶ open ─────────────────────────────────────────▶ half-open
 *    ▲                       ▲   probes fail, or do not end in maxHalfOpenMs   │ │
 *    │                       └─────────────────────────────────────────────────┘ │
 *    └───────────────────────────────── probes succeed ──────────────────────────┘
 *  any ── isolate() ──▶ isolated ── the last release ──▶ closed
 * ```
 *
 * The caller's contract: `admit` before a call, and of what it gives exactly one of `record` and `ignore` after it; the time is
 * an argument, and need not be right while the machine is closed and its window counts calls. Invariants: what a call ends
 * with counts in the state it began in, or nowhere; in half-open no more than `halfOpenCalls` are out or recorded.
 */

import { exceeds, type RateRule, type Rates, UNIT, type Window, type WindowDump } from './windows.js';

export type BreakerState = 'closed' | 'open' | 'half-open' | 'isolated';

export interface MachineConfig {
  readonly window: Window;
  /** Rates that probes are judged by; `undefined`: any failure of theirs opens again. */
  readonly rule: RateRule | undefined;
  readonly halfOpenCalls: number;
  readonly maxHalfOpenMs: number;
  /** How long to stay open. @param opening how often in a row it opened, from 1 */
  readonly openMsOf: (opening: number, previousMs: number) => number;
}

/** What `admit` gives when the call may not be made. */
export const REFUSED = 0;

/** The machine as JSON; times are left, not moments. */
export interface MachineDump {
  readonly state: BreakerState;
  /** How often in a row it opened. */
  readonly openings: number;
  readonly openMs: number;
  /** Milliseconds until a probe is let through. */
  readonly remainingMs: number;
  readonly window: WindowDump;
}

export class BreakerMachine {
  readonly #config: MachineConfig;
  #state: BreakerState = 'closed';
  /** Rises with each change of state: permits of another state count no more. */
  #generation = 1;
  #openings = 0;
  #openMs = 0;
  #openUntilMs = 0;
  #halfOpenSinceMs = 0;
  #probesLeft = 0;
  #probes = 0;
  #probeUnits = 0;
  #probeSlow = 0;
  /** Who isolates it. */
  readonly #isolations = new Set<object>();

  constructor(config: MachineConfig) {
    this.#config = config;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** The permit of whoever is admitted now, where the state is closed. */
  get generation(): number {
    return this.#generation;
  }

  /** A permit, or `REFUSED`. */
  admit(nowMs: number): number {
    if (this.#state === 'closed') return this.#generation;
    if (this.#state === 'isolated') return REFUSED;
    if (this.#state === 'open') {
      if (nowMs < this.#openUntilMs) return REFUSED;
      this.#halfOpen(nowMs);
    } else if (this.#probesLeft === 0) {
      // Probes that never end must not keep it half-open for ever.
      if (nowMs - this.#halfOpenSinceMs >= this.#config.maxHalfOpenMs) this.open(nowMs);
      return REFUSED;
    }
    this.#probesLeft--;
    return this.#generation;
  }

  /**
   * What a call ended with.
   *
   * @param units weight of the failure in 1/1024, 0 for a success
   * @returns true when the rule of the closed state is met: `open` is to be called then
   */
  record(permit: number, units: number, slow: boolean, nowMs: number): boolean {
    if (permit !== this.#generation) return false;
    if (this.#state === 'closed') return this.#config.window.record(units, slow, nowMs);
    this.#recordProbe(units, slow, nowMs);
    return false;
  }

  /** A call ended with what says nothing about the other side: a probe may be made in its place. */
  ignore(permit: number): void {
    if (permit === this.#generation && this.#state === 'half-open') this.#probesLeft++;
  }

  /** Opens, and lets a probe through after the time of this opening. Nothing while it is isolated. */
  open(nowMs: number): void {
    if (this.#state === 'isolated') return;
    this.#openings++;
    this.#openMs = this.#config.openMsOf(this.#openings, this.#openMs);
    this.#openUntilMs = nowMs + this.#openMs;
    this.#enter('open');
  }

  /** Closes, and forgets. */
  close(): void {
    this.#openings = 0;
    this.#openMs = 0;
    this.#isolations.clear();
    this.#config.window.reset();
    this.#enter('closed');
  }

  /** Refuses all until everybody who isolated it released it, or `close`. */
  isolate(by: object): void {
    this.#isolations.add(by);
    if (this.#state !== 'isolated') this.#enter('isolated');
  }

  release(by: object): void {
    if (this.#isolations.delete(by) && this.#isolations.size === 0) this.close();
  }

  /** Milliseconds until a probe is let through; 0 when it may be now, `Infinity` while isolated. */
  remainingMs(nowMs: number): number {
    if (this.#state === 'isolated') return Number.POSITIVE_INFINITY;
    if (this.#state === 'open') return Math.min(this.#openMs, Math.max(0, this.#openUntilMs - nowMs));
    return 0;
  }

  /** Of the window of the closed state. */
  rates(nowMs: number): Rates {
    return this.#config.window.rates(nowMs);
  }

  dump(nowMs: number): MachineDump {
    // A half-open breaker comes back open, with its probes due: who made them is gone.
    const state = this.#state === 'half-open' ? 'open' : this.#state;
    const remainingMs = this.#state === 'open' ? this.remainingMs(nowMs) : 0;
    return {
      state,
      openings: this.#openings,
      openMs: this.#openMs,
      remainingMs,
      window: this.#config.window.dump(nowMs),
    };
  }

  /** Becomes what was dumped. A window of another type or size begins empty. */
  load(dump: MachineDump, nowMs: number): void {
    this.close();
    this.#config.window.load(dump.window, nowMs);
    this.#openings = dump.openings;
    this.#openMs = dump.openMs;
    if (dump.state === 'isolated') this.isolate(this);
    else if (dump.state === 'open') {
      this.#openUntilMs = nowMs + Math.min(dump.remainingMs, dump.openMs);
      this.#enter('open');
    }
  }

  #enter(state: BreakerState): void {
    this.#state = state;
    this.#generation++;
  }

  #halfOpen(nowMs: number): void {
    this.#halfOpenSinceMs = nowMs;
    this.#probesLeft = this.#config.halfOpenCalls;
    this.#probes = 0;
    this.#probeUnits = 0;
    this.#probeSlow = 0;
    this.#enter('half-open');
  }

  #recordProbe(units: number, slow: boolean, nowMs: number): void {
    const { rule, halfOpenCalls } = this.#config;
    this.#probes++;
    this.#probeUnits += units;
    if (slow) this.#probeSlow++;
    // Judged as if the probes that are still out succeed: what is lost then is lost.
    const lost =
      rule === undefined
        ? this.#probeUnits >= UNIT
        : exceeds({ ...rule, minimumCalls: 1 }, halfOpenCalls, this.#probeUnits, this.#probeSlow);
    if (lost) this.open(nowMs);
    else if (this.#probes === halfOpenCalls) this.close();
  }
}
