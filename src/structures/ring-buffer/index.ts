/** `ashlar/structures/ring-buffer`: bounded queues outside the JavaScript heap, of byte records and of numbers. */
export { NumberRing, type NumberRingOptions, type NumberRingStats, type RingNumbers } from './number-ring.js';
export type { RingFromBytesOptions, WhenFull } from './ring.js';
export { RingBuffer, type RingBufferOptions, type RingBufferStats } from './ring-buffer.js';
