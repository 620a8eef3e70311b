/** What a semaphore or a mutex lends: a share that is given back once. */

import { DoubleReleaseError } from '../../base/wait-errors.js';

/** What takes permits back. */
export interface Lender {
  /** @internal */
  takeBack(weight: number, permit: Permit): void;
}

export class Permit {
  readonly weight: number;
  #lender: Lender | undefined;

  constructor(lender: Lender, weight: number) {
    this.#lender = lender;
    this.weight = weight;
  }

  /** Whether it was given back. */
  get released(): boolean {
    return this.#lender === undefined;
  }

  /** Gives it back. O(1). @throws DoubleReleaseError the second time; nothing is given back then */
  release(): void {
    const lender = this.#lender;
    if (lender === undefined) throw new DoubleReleaseError('A permit');
    this.#lender = undefined;
    lender.takeBack(this.weight, this);
  }

  /** As `release`, and nothing when it was given back before: so `using` allows an early release. */
  [Symbol.dispose](): void {
    if (this.#lender !== undefined) this.release();
  }
}

/** Runs a function while holding a permit, at once when it is there, and gives it back however the function ends. */
export async function holding<R>(got: Permit | Promise<Permit>, fn: () => R | PromiseLike<R>): Promise<R> {
  const permit = got instanceof Permit ? got : await got;
  try {
    return await fn();
  } finally {
    permit.release();
  }
}
