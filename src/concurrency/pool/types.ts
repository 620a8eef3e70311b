/** What calls of a pool are given and give. */

import type { WaitOptions } from '../../base/waiter.js';
import type { TimesStats } from '../worker-pool/times.js';
import type { Destroyed } from './entry.js';
import type { PoolUnavailableError } from './errors.js';

export interface AcquireOptions extends WaitOptions {
  /** Who waits with a higher one comes first; equal ones in order. Default 0. */
  priority?: number | undefined;
}

export interface PoolEvents<T> {
  created: { readonly value: T };
  createFailed: { readonly error: unknown };
  /** Nobody waits any more, until it may be tried again. */
  unavailable: { readonly error: PoolUnavailableError };
  acquired: { readonly value: T };
  released: { readonly value: T };
  destroyed: { readonly value: T; readonly why: Destroyed };
  destroyFailed: { readonly value: T; readonly error: unknown };
  /** `validate` said no, or threw; or `reset` threw. */
  invalid: { readonly value: T; readonly error: unknown };
  /** Something is lent for longer than it should; `borrowed` says where. Once for each lease. */
  leak: { readonly value: T; readonly lentMs: number; readonly borrowed: Error };
}

export interface PoolStats {
  /** All that there are, without what is being made. */
  readonly size: number;
  readonly idle: number;
  readonly lent: number;
  /** Being validated, made ready, or kept alive. */
  readonly tested: number;
  readonly making: number;
  readonly waiting: number;
  readonly created: number;
  readonly createFailures: number;
  readonly destroyed: number;
  readonly invalid: number;
  /** Leases so far. */
  readonly acquired: number;
  /** Those of them that were waited for. */
  readonly waited: number;
  /** Waits that ended by signal or timeout. */
  readonly givenUp: number;
  readonly refused: number;
  readonly leaks: number;
  /** Of those that waited; `undefined` without histograms. */
  readonly waitMs: TimesStats | undefined;
  readonly lentMs: TimesStats | undefined;
}
