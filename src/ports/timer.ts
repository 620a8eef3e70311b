/** Timer: what a room asks to be called later, so that a simulator can decide when. */

/** Stops what was scheduled. Idempotent. */
export type Cancel = () => void;

export interface Timer {
  /** Calls back once, after at least `delayMs`. */
  after(delayMs: number, callback: () => void): Cancel;
  /** Calls back again and again, about every `periodMs`. Does not keep a process alive. */
  every(periodMs: number, callback: () => void): Cancel;
}

/** The platform's timers. */
export const systemTimer: Timer = {
  after(delayMs, callback) {
    const handle = setTimeout(callback, delayMs);
    return () => clearTimeout(handle);
  },
  every(periodMs, callback) {
    const handle: unknown = setInterval(callback, periodMs);
    if (typeof handle === 'object' && handle !== null && 'unref' in handle && typeof handle.unref === 'function') {
      handle.unref();
    }
    return () => clearInterval(handle as Parameters<typeof clearInterval>[0]);
  },
};
