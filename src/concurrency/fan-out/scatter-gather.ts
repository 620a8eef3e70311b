/** Scatter-gather: one question to all targets at once, and the answers of as many as are needed or come in time. */

import { AshlarError } from '../../../bindings/errors.js';
import { checkWait, MOST_DELAY_MS, Waiter } from '../../base/waiter.js';
import { systemTimer, type Timer } from '../../ports/timer.js';

export interface ScatterGatherOptions {
  /** Answers needed. Default all. */
  quorum?: number;
  /** `'quorum'`: ends with the last answer needed. `'all'`: waits for the others too, up to the deadline. Default `'quorum'`. */
  until?: 'quorum' | 'all';
  /** When it ends at the latest, in milliseconds from 0 to 2^31 − 1; `Infinity`, the default, never. */
  deadlineMs?: number;
  /** Ends everything: rejects with exactly `signal.reason`. */
  signal?: AbortSignal | undefined;
  /** Default the platform's. */
  timer?: Timer;
}

export interface Gathered<R> {
  /** In the order in which they came. */
  readonly answers: readonly { readonly target: number; readonly value: R }[];
  readonly failures: readonly { readonly target: number; readonly reason: unknown }[];
  /** Targets that had not answered when it ended. */
  readonly missing: readonly number[];
}

/** Too many failed, or the deadline came first. */
export class QuorumError<R = unknown> extends AshlarError {
  readonly quorum: number;
  readonly gathered: Gathered<R>;
  readonly why: 'deadline' | 'failures';

  constructor(quorum: number, gathered: Gathered<R>, why: 'deadline' | 'failures') {
    const got = `${gathered.answers.length} of the ${quorum} answers needed came`;
    super('QUORUM_NOT_REACHED', why === 'deadline' ? `${got} before the deadline` : `${got}: too many targets failed`, {
      cause: gathered.failures[0]?.reason,
    });
    this.quorum = quorum;
    this.gathered = gathered;
    this.why = why;
  }
}

/**
 * Asks every target at once. When it ends, the signals of those that have not answered abort.
 *
 * @param ask puts the question to one target; a failure counts as one answer less
 * @returns a promise that rejects with `QuorumError` as soon as the quorum cannot be reached, or with `signal.reason`
 * @throws RangeError when an option cannot be
 */
export function scatterGather<T, R>(
  targets: Iterable<T>,
  ask: (target: T, context: { readonly signal: AbortSignal; readonly index: number }) => R | PromiseLike<R>,
  options: ScatterGatherOptions = {},
): Promise<Gathered<R>> {
  const all = [...targets];
  const { quorum = all.length, until = 'quorum', deadlineMs = Number.POSITIVE_INFINITY, timer = systemTimer } = options;
  if (!(Number.isSafeInteger(quorum) && quorum >= 0 && quorum <= all.length)) {
    throw new RangeError(`quorum must be an integer from 0 to the ${all.length} targets, got ${String(quorum)}`);
  }
  if (until !== 'quorum' && until !== 'all')
    throw new RangeError(`until must be 'quorum' or 'all', got ${String(until)}`);
  if (deadlineMs !== Number.POSITIVE_INFINITY && !(deadlineMs >= 0 && deadlineMs <= MOST_DELAY_MS)) {
    throw new RangeError(`deadlineMs must be from 0 to ${MOST_DELAY_MS}, or Infinity, got ${String(deadlineMs)}`);
  }
  checkWait({ signal: options.signal });
  if (options.signal?.aborted) return Promise.reject(options.signal.reason);
  return new Gathering<T, R>(all, quorum, until).run(ask, deadlineMs, timer, options.signal);
}

class Gathering<T, R> {
  readonly #targets: readonly T[];
  readonly #quorum: number;
  readonly #until: 'quorum' | 'all';
  readonly #waiter = new Waiter<Gathered<R>>();
  readonly #controller = new AbortController();
  readonly #answers: { readonly target: number; readonly value: R }[] = [];
  readonly #failures: { readonly target: number; readonly reason: unknown }[] = [];
  readonly #missing: Set<number>;
  #ended = false;

  constructor(targets: readonly T[], quorum: number, until: 'quorum' | 'all') {
    this.#targets = targets;
    this.#quorum = quorum;
    this.#until = until;
    this.#missing = new Set(targets.keys());
  }

  async run(
    ask: (target: T, context: { readonly signal: AbortSignal; readonly index: number }) => R | PromiseLike<R>,
    deadlineMs: number,
    timer: Timer,
    signal: AbortSignal | undefined,
  ): Promise<Gathered<R>> {
    this.#waiter.heed({ signal }, timer, 'scatterGather');
    const cancelDeadline =
      deadlineMs === Number.POSITIVE_INFINITY ? undefined : timer.after(deadlineMs, () => this.#end('deadline'));
    for (const [index, target] of this.#targets.entries()) void this.#askOne(ask, target, index);
    this.#look();
    try {
      return await this.#waiter.promise;
    } finally {
      this.#ended = true;
      cancelDeadline?.();
      this.#controller.abort(
        signal?.aborted ? signal.reason : new AshlarError('ANSWER_NOT_NEEDED', 'The answer is no longer needed'),
      );
    }
  }

  async #askOne(
    ask: (target: T, context: { readonly signal: AbortSignal; readonly index: number }) => R | PromiseLike<R>,
    target: T,
    index: number,
  ): Promise<void> {
    try {
      const value = await ask(target, { signal: this.#controller.signal, index });
      if (this.#ended) return;
      this.#answers.push({ target: index, value });
    } catch (reason) {
      if (this.#ended) return;
      this.#failures.push({ target: index, reason });
    }
    this.#missing.delete(index);
    this.#look();
  }

  /** Ends when enough have answered, or cannot any more. */
  #look(): void {
    const answers = this.#answers.length;
    const isEnough = this.#until === 'quorum' && answers >= this.#quorum;
    const isHopeless = answers + this.#missing.size < this.#quorum;
    if (isEnough || isHopeless || this.#missing.size === 0) this.#end('failures');
  }

  #end(why: 'deadline' | 'failures'): void {
    if (this.#ended) return;
    this.#ended = true;
    const gathered = { answers: this.#answers, failures: this.#failures, missing: [...this.#missing] };
    if (this.#answers.length >= this.#quorum) this.#waiter.grant(gathered);
    else this.#waiter.fail(new QuorumError(this.#quorum, gathered, why));
  }
}
