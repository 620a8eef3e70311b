/** Ids of traces and spans, drawn by the Random port. */

import type { Random } from '../../ports/random.js';

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** 16 random bytes, not all 0. */
export function makeTraceId(random: Random): string {
  for (;;) {
    const [a, b, c, d] = [random.u32(), random.u32(), random.u32(), random.u32()];
    if ((a | b | c | d) !== 0) return hex(a) + hex(b) + hex(c) + hex(d);
  }
}

/** 8 random bytes, not all 0. */
export function makeSpanId(random: Random): string {
  for (;;) {
    const [a, b] = [random.u32(), random.u32()];
    if ((a | b) !== 0) return hex(a) + hex(b);
  }
}

function hex(word: number): string {
  return (
    (BYTES[word >>> 24] as string) +
    (BYTES[(word >>> 16) & 255] as string) +
    (BYTES[(word >>> 8) & 255] as string) +
    (BYTES[word & 255] as string)
  );
}
