/** A wait for time to pass that a call's signal ends. */

import { MOST_DELAY_MS } from '../../base/waiter.js';
import type { Timer } from '../../ports/timer.js';
import type { Call } from './call.js';

/**
 * Waits `delayMs` milliseconds, at most 2^31 − 1 of them.
 *
 * @returns a promise that rejects with exactly the reason of the call's abort; no timer and no listener stays behind
 */
export function sleep(delayMs: number, call: Call, timer: Timer): Promise<void> {
  if (call.aborted) return Promise.reject(call.reason);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      cancel();
      call.unlisten(onAbort);
      reject(call.reason);
    };
    const cancel = timer.after(Math.min(delayMs, MOST_DELAY_MS), () => {
      call.unlisten(onAbort);
      resolve();
    });
    call.listen(onAbort);
  });
}
