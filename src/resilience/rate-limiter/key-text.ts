/** Keys as texts, for what has no table of bytes: Redis, and the lines of who waits. */

import { roomFor } from '../../../bindings/keys.js';
import type { RateLimitKey } from './contract.js';

/** A string is itself, an integer its digits, bytes their hexadecimal digits after `0x`. @throws TypeError, RangeError */
export function keyText(key: RateLimitKey): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'number') {
    if (!Number.isSafeInteger(key)) throw new RangeError(`A key that is a number must be a safe integer, got ${key}`);
    return String(key);
  }
  roomFor(key);
  let text = '0x';
  for (const byte of key) text += byte.toString(16).padStart(2, '0');
  return text;
}
