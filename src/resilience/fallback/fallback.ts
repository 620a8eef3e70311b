/** A fallback: what is given instead when a call fails, so that callers see an older or simpler answer and no error. */

import { Events, type Listener } from '../../base/events.js';
import type { Call } from '../policy/call.js';
import { checkCallback } from '../policy/check.js';
import { type Next, Policy, type PolicyContext } from '../policy/policy.js';

export interface FallbackOptions {
  /** Which errors it stands in for. Default all, but not an abort by whoever called. */
  handleIf?: (error: unknown, context: PolicyContext) => boolean;
  /** Which results it stands in for. Default none. */
  handleIfResult?: (value: unknown, context: PolicyContext) => boolean;
}

export interface FallbackEvents {
  /** It stood in. */
  fallback: { readonly error?: unknown; readonly value?: unknown };
}

/** Makes the value; of a result that was handled, `error` is undefined. */
export type FallbackFunction<F> = (error: unknown, context: PolicyContext) => F | PromiseLike<F>;

/**
 * A policy that gives a value where a call failed. The value must be of the type of what is executed.
 *
 * @param value what is given, or a function that makes it; what the function throws is thrown
 * @throws TypeError when an option cannot be
 */
export function fallback<F>(value: F | FallbackFunction<F>, options: FallbackOptions = {}): Fallback<F> {
  return new Fallback(value, options);
}

export class Fallback<F> extends Policy {
  readonly #value: F | FallbackFunction<F>;
  readonly #handleIf: FallbackOptions['handleIf'];
  readonly #handleIfResult: FallbackOptions['handleIfResult'];
  readonly #events = new Events<FallbackEvents>();

  constructor(value: F | FallbackFunction<F>, options: FallbackOptions = {}) {
    super();
    checkCallback('handleIf', options.handleIf);
    checkCallback('handleIfResult', options.handleIfResult);
    this.#value = value;
    this.#handleIf = options.handleIf;
    this.#handleIfResult = options.handleIfResult;
  }

  /** Adds a listener to an event; what comes back removes it. */
  on<K extends keyof FallbackEvents>(event: K, listener: Listener<FallbackEvents[K]>): () => void {
    return this.#events.on(event, listener);
  }

  async run<R>(next: Next<R>, call: Call): Promise<R> {
    let value: R;
    try {
      value = await next(call);
    } catch (error) {
      if (!(this.#handleIf === undefined ? !call.aborted : this.#handleIf(error, call))) throw error;
      if (this.#events.active) this.#events.emit('fallback', { error });
      return this.#instead<R>(error, call);
    }
    if (!this.#handleIfResult?.(value, call)) return value;
    if (this.#events.active) this.#events.emit('fallback', { value });
    return this.#instead<R>(undefined, call);
  }

  async #instead<R>(error: unknown, call: Call): Promise<R> {
    const value = this.#value;
    const made = typeof value === 'function' ? await (value as FallbackFunction<F>)(error, call) : value;
    return made as unknown as R;
  }
}
