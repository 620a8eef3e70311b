/** `ashlar/concurrency/buffer-pool`: bytes lent from a few large blocks, with slices that copy nothing. */
export { ClosedError, DoubleReleaseError, QueueFullError, TimeoutError } from '../../base/wait-errors.js';
export type { WaitOptions } from '../../base/waiter.js';
export {
  type BufferAcquireOptions,
  type BufferClass,
  type BufferClassStats,
  BufferPool,
  type BufferPoolOptions,
  type BufferPoolStats,
} from './buffer-pool.js';
export { ReleasedBufferError } from './errors.js';
export type { Held } from './leaks.js';
export type { PooledBuffer } from './pooled-buffer.js';
