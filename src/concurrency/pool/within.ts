/** A promise with a deadline. */

import { TimeoutError } from '../../base/wait-errors.js';
import type { Timer } from '../../ports/timer.js';

/** What it gives, or a TimeoutError; what it gives later goes to `late`. */
export function within<V>(
  promise: PromiseLike<V>,
  timeoutMs: number,
  timer: Timer,
  what: string,
  late?: (value: V) => void,
): Promise<V> {
  if (timeoutMs === Number.POSITIVE_INFINITY) return Promise.resolve(promise);
  return new Promise((resolve, reject) => {
    let over = false;
    const cancel = timer.after(timeoutMs, () => {
      over = true;
      reject(new TimeoutError(what, timeoutMs));
    });
    promise.then(
      (value) => {
        if (over) return late?.(value);
        cancel();
        resolve(value);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}
