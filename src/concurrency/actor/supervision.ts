/**
 * `Supervision`: what happens to children that fail, as in Erlang's supervisors: which of them begin anew, how often within a
 * time, how long after, and when it is more than their parent can put up with.
 */

import { checkInteger } from '../../../bindings/sketch.js';
import type { Clock } from '../../ports/clock.js';
import { RestartLimitError } from './errors.js';

/**
 * `'restart'`: a new instance, which does not get the message again; `'resume'`: the same instance goes on with the next message;
 * `'stop'`; `'escalate'`: as if the parent had failed itself.
 */
export type Directive = 'restart' | 'resume' | 'stop' | 'escalate';

export interface SupervisionOptions {
  /**
   * Who begins anew with a child that does: nobody else, all of its siblings, or those that were made after it. Default
   * `'one-for-one'`.
   */
  strategy?: 'one-for-one' | 'one-for-all' | 'rest-for-one';
  /** Failures within `withinMs` that are put up with; one more escalates. Default 10. */
  maxRestarts?: number;
  /** Default 10 000. */
  withinMs?: number;
  /** What to do about an error. Default `'restart'` for all. */
  decide?: (error: unknown) => Directive;
  /** Milliseconds until the new instance is made, doubled for each further failure within `withinMs`. Default 0: at once. */
  backoffMs?: number;
  /** Most that it doubles to. Default 10 000. */
  maxBackoffMs?: number;
}

/** What a supervisor does to a child. */
export interface Supervised {
  resume(): void;
  restart(error: unknown, delayMs: number): void;
  halt(): void;
}

const DIRECTIVES: readonly Directive[] = ['restart', 'resume', 'stop', 'escalate'];

export class Supervisor<C extends Supervised> {
  /** In the order they were made. */
  readonly children = new Map<string, C>();
  readonly #options: Required<SupervisionOptions>;
  readonly #clock: Clock;
  readonly #path: string;
  readonly #escalate: (error: unknown, child: C) => void;
  /** When children failed lately, at most `maxRestarts` of them. */
  #failures: number[] = [];

  constructor(options: SupervisionOptions, clock: Clock, path: string, escalate: (error: unknown, child: C) => void) {
    this.#options = checked(options);
    this.#clock = clock;
    this.#path = path;
    this.#escalate = escalate;
  }

  /** A child failed, and waits for what becomes of it. */
  failed(child: C, error: unknown): void {
    let directive: Directive;
    try {
      directive = this.#options.decide(error);
      if (!DIRECTIVES.includes(directive))
        throw new TypeError(`decide gave ${String(directive)}, which is no directive`);
    } catch (wrong) {
      this.#escalate(wrong, child);
      return;
    }
    if (directive === 'resume') child.resume();
    else if (directive === 'stop') child.halt();
    else if (directive === 'escalate') this.#escalate(error, child);
    else this.#restart(child, error);
  }

  #restart(child: C, error: unknown): void {
    const { maxRestarts, withinMs, backoffMs, maxBackoffMs } = this.#options;
    const now = this.#clock.monotonic();
    this.#failures = this.#failures.filter((at) => now - at < withinMs);
    if (this.#failures.length >= maxRestarts) {
      this.#failures = [];
      this.#escalate(new RestartLimitError(this.#path, maxRestarts, withinMs, error), child);
      return;
    }
    const delayMs = Math.min(maxBackoffMs, backoffMs * 2 ** Math.min(this.#failures.length, 40));
    this.#failures.push(now);
    for (const each of this.#affected(child)) each.restart(error, delayMs);
  }

  #affected(child: C): readonly C[] {
    const { strategy } = this.#options;
    if (strategy === 'one-for-one') return [child];
    const all = [...this.children.values()];
    return strategy === 'one-for-all' ? all : all.slice(all.indexOf(child));
  }
}

function checked(options: SupervisionOptions): Required<SupervisionOptions> {
  const {
    strategy = 'one-for-one',
    maxRestarts = 10,
    withinMs = 10_000,
    decide = () => 'restart' as const,
    backoffMs = 0,
    maxBackoffMs = 10_000,
  } = options;
  if (!['one-for-one', 'one-for-all', 'rest-for-one'].includes(strategy)) {
    throw new RangeError(`strategy must be one-for-one, one-for-all or rest-for-one, got ${String(strategy)}`);
  }
  checkInteger(maxRestarts, 'maxRestarts', 0, 1000);
  checkInteger(withinMs, 'withinMs', 1, Number.MAX_SAFE_INTEGER);
  checkInteger(backoffMs, 'backoffMs', 0, 2 ** 31 - 1);
  checkInteger(maxBackoffMs, 'maxBackoffMs', 0, 2 ** 31 - 1);
  if (typeof decide !== 'function') throw new TypeError(`decide must be a function, got ${typeof decide}`);
  return { strategy, maxRestarts, withinMs, decide, backoffMs, maxBackoffMs };
}
