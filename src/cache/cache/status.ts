/** What a call writes into the `status` object it was given. */

import type { Expiry } from './expiry.js';
import type { Status } from './types.js';

/** The head: which call, with which key, on which cache. */
export function enter<K, V>(status: Status<K, V>, op: NonNullable<Status<K, V>['op']>, key: K, cache: unknown): void {
  status.op = op;
  status.key = key;
  status.cache = cache;
}

/** The times of an entry that has a time to live. */
export function statusOfTime<K, V>(status: Status<K, V>, expiry: Expiry | undefined, slot: number): void {
  if (expiry === undefined || expiry.ttlOf(slot) === 0) return;
  status.ttl = expiry.ttlOf(slot);
  status.start = expiry.startOf(slot);
  status.now = expiry.now();
  status.remainingTTL = expiry.remaining(slot, status.now);
}
