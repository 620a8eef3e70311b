/** Clock: what a room asks for the time, so that a simulator can answer. */

export interface Clock {
  /** Milliseconds since the Unix epoch; may jump. */
  now(): number;
  /** Milliseconds since some moment, with a fraction; never goes back. */
  monotonic(): number;
}

/** The platform's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
