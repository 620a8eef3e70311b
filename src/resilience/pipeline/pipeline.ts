/**
 * Policies in each other, as they are written: the first is the outermost.
 *
 * What each policy calls is known when the pipeline is made: a call makes no functions of its own, and pays for what its
 * policies do and nothing else. A pipeline in a pipeline is the same as its policies in its place.
 */

import type { Call } from '../policy/call.js';
import { begin, type ExecuteOptions, type Next, NO_OPTIONS, type Operation, Policy } from '../policy/policy.js';

/**
 * A policy of policies.
 *
 * @param policies outermost first: `pipeline(fallback(…), retry(), breaker, timeout(1000))` gives each attempt a second
 * @throws TypeError when one is no policy
 */
export function pipeline(...policies: Policy[]): Pipeline {
  return new Pipeline(policies);
}

export class Pipeline extends Policy {
  /** Outermost first. */
  readonly policies: readonly Policy[];
  readonly #first: Next<unknown>;

  constructor(policies: readonly Policy[]) {
    super();
    policies.forEach((policy, at) => {
      if (typeof policy?.run !== 'function') {
        throw new TypeError(`What a pipeline is made of must be policies; number ${at + 1} is ${typeof policy}`);
      }
    });
    this.policies = Object.freeze(
      policies.flatMap((policy) => (policy instanceof Pipeline ? policy.policies : [policy])),
    );
    this.#first = this.policies.length === 0 ? alone : this.policies.reduceRight(stage, innermost);
  }

  override execute<R>(fn: Operation<R>, options: ExecuteOptions = NO_OPTIONS): Promise<R> {
    const call = begin(fn, options);
    if (call.aborted) return Promise.reject(call.reason);
    return this.#first(call) as Promise<R>;
  }

  run<R>(next: Next<R>, call: Call): Promise<R> {
    return this.#first(call.calling(next)) as Promise<R>;
  }
}

function stage(next: Next<unknown>, policy: Policy): Next<unknown> {
  return (call) => policy.run(next, call);
}

/** Where no policy is left, what the caller gave. */
function innermost(call: Call): unknown {
  return call.fn(call);
}

/** The same without any policy: a promise whatever the function does. */
async function alone(call: Call): Promise<unknown> {
  return call.fn(call);
}
