/** `coarseClock`: a clock that asks the platform's once a millisecond, since asking costs as much as all the rest of `consume`. */

import { checkInteger } from '../../../bindings/sketch.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import { checkPositive } from './algorithms.js';

export interface CoarseClockOptions {
  /** What is asked. Default the platform's. */
  clock?: Clock;
  /** Default the platform's. */
  timer?: Timer;
  /** Milliseconds for which an answer is kept. Default 1. */
  resolutionMs?: number;
  /** Reads after which the clock is asked again in any case: timers do not run while a program computes. Default 256. */
  maxReads?: number;
}

/**
 * Its time is late by the resolution, and while the event loop is held up by as long as `maxReads` readings take: a limiter lets
 * through no more for it. `monotonic()` is not coarse.
 */
export function coarseClock(options: CoarseClockOptions = {}): Clock {
  const { clock = systemClock, timer = systemTimer, resolutionMs = 1, maxReads = 256 } = options;
  checkPositive(resolutionMs, 'resolutionMs', 2 ** 31 - 1);
  checkInteger(maxReads, 'maxReads', 1, 2 ** 31 - 1);
  let reading = 0;
  let left = 0;
  let scheduled = false;
  const forget = () => {
    scheduled = false;
    left = 0;
  };
  return {
    now() {
      if (left > 0) {
        left--;
        return reading;
      }
      reading = clock.now();
      left = maxReads - 1;
      if (!scheduled) {
        scheduled = true;
        timer.after(resolutionMs, forget);
      }
      return reading;
    },
    monotonic: () => clock.monotonic(),
  };
}
