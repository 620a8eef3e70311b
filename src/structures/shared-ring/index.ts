/** `ashlar/structures/shared-ring`: a bounded queue of byte records between threads. */
export { ClosedError, QueueFullError, TimeoutError } from '../../base/wait-errors.js';
export type { WaitOptions } from '../../base/waiter.js';
export { RingSeatError } from './seat.js';
export {
  type RingWaitOptions,
  SharedRing,
  type SharedRingOpenOptions,
  type SharedRingOptions,
  type SharedRingStats,
} from './shared-ring.js';
