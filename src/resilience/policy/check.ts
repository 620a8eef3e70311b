/** Options of policies, refused at once when they cannot be: what was wrong, what was expected, what was given. */

import { MOST_DELAY_MS } from '../../base/waiter.js';

/** @throws TypeError, RangeError unless it is a number from `least` to `most` */
export function checkNumber(name: string, value: unknown, least: number, most: number): void {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${typeof value}`);
  if (!(value >= least && value <= most))
    throw new RangeError(`${name} must be from ${least} to ${most}, got ${value}`);
}

/** @throws TypeError, RangeError unless it is an integer from `least` to `most` */
export function checkInteger(name: string, value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${typeof value}`);
  if (!(Number.isSafeInteger(value) && value >= least && value <= most)) {
    throw new RangeError(`${name} must be an integer from ${least} to ${most}, got ${value}`);
  }
}

/** A time that a timer can count to, in milliseconds. */
export function checkDelay(name: string, value: unknown, least = 0): void {
  checkNumber(name, value, least, MOST_DELAY_MS);
}

/** A time, or `Infinity` for none. */
export function checkDelayOrNever(name: string, value: unknown, least = 0): void {
  if (value !== Number.POSITIVE_INFINITY) checkDelay(name, value, least);
}

/** @throws TypeError unless it is a function or undefined */
export function checkCallback(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') {
    throw new TypeError(`${name} must be a function, got ${value === null ? 'null' : typeof value}`);
  }
}
