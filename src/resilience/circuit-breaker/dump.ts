/** A circuit breaker as JSON, and whether something is that. */

import { checkInteger, checkNumber } from '../policy/check.js';
import type { MachineDump } from './machine.js';
import { MAX_WEIGHT, UNIT } from './windows.js';

export interface BreakerDump extends MachineDump {
  readonly version: 1;
  /** When it was dumped, in milliseconds since the Unix epoch. */
  readonly atMs: number;
}

const STATES = ['closed', 'open', 'isolated'];
const MOST_OUTCOME = 2 ** 16 - 1;

/** @throws TypeError, RangeError unless it is what `dump()` gives */
export function checkDump(dump: BreakerDump): void {
  if (typeof dump !== 'object' || dump === null) {
    throw new TypeError(`A dump must be an object, got ${dump === null ? 'null' : typeof dump}`);
  }
  if (dump.version !== 1) throw new RangeError(`A dump's version must be 1, got ${String(dump.version)}`);
  if (!STATES.includes(dump.state)) {
    throw new RangeError(`A dump's state must be one of ${STATES.join(', ')}, got ${String(dump.state)}`);
  }
  checkNumber('atMs', dump.atMs, -8.64e15, 8.64e15);
  checkInteger('openings', dump.openings, 0);
  checkNumber('openMs', dump.openMs, 0, 2 ** 31);
  checkNumber('remainingMs', dump.remainingMs, 0, 2 ** 31);
  checkWindow(dump.window);
}

function checkWindow(window: MachineDump['window']): void {
  const type = window?.type;
  if (type === 'consecutive') checkNumber('failures', window.failures, 0, 1e9);
  else if (type === 'count') {
    if (!Array.isArray(window.outcomes)) throw new TypeError('outcomes must be an array');
    for (const outcome of window.outcomes) checkInteger('An outcome', outcome, 0, MOST_OUTCOME);
  } else if (type === 'time') {
    if (!Array.isArray(window.buckets)) throw new TypeError('buckets must be an array');
    for (const bucket of window.buckets) checkBucket(bucket);
  } else throw new RangeError(`A window's type must be consecutive, count or time, got ${String(type)}`);
}

function checkBucket(bucket: readonly number[]): void {
  if (!Array.isArray(bucket) || bucket.length !== 4) throw new TypeError('A bucket must be an array of four numbers');
  const [ago, calls, units, slow] = bucket as [number, number, number, number];
  checkInteger('How many buckets ago', ago, 0);
  checkInteger('The calls of a bucket', calls, 0);
  checkInteger('The weights of a bucket', units, 0, calls * MAX_WEIGHT * UNIT);
  checkInteger('The slow calls of a bucket', slow, 0, calls);
}
