/** UUID version 4: 122 bits of chance (RFC 9562, section 5.4). */

import { type Random, systemRandom } from '../../ports/random.js';
import { checkTarget, putWords, textOf, type Uuid } from './text.js';

/** A UUID of chance alone. @param random default the platform's cryptographic source */
export function uuidv4(random: Random = systemRandom): Uuid {
  return textOf(random.u32(), versioned(random.u32()), varied(random.u32()), random.u32());
}

/** The same as sixteen bytes, into `out` at `offset`; returns `out`. */
export function uuidv4Into(out: Uint8Array, offset = 0, random: Random = systemRandom): Uint8Array {
  checkTarget(out, offset);
  return putWords(out, offset, random.u32(), versioned(random.u32()), varied(random.u32()), random.u32());
}

function versioned(word: number): number {
  return ((word & 0xffff_0fff) | 0x4000) >>> 0;
}

function varied(word: number): number {
  return ((word & 0x3fff_ffff) | 0x8000_0000) >>> 0;
}
