/** Locks between the threads of a shared arena. */
export { ClosedError, DoubleReleaseError, QueueFullError, TimeoutError } from '../../base/wait-errors.js';
export type { WaitOptions } from '../../base/waiter.js';
export { BrokenBarrierError } from '../barrier/index.js';
export { SharedBarrier, type SharedBarrierOptions } from './shared-barrier.js';
export { SharedCondition } from './shared-condition.js';
export { SharedCountDownLatch, type SharedCountDownLatchOptions } from './shared-latch.js';
export type {
  SharedLock,
  SharedLockOptions,
  SharedOpenOptions,
  SharedOptions,
  SharedPermit,
  SyncWaitOptions,
} from './shared-lock.js';
export { SharedOnce } from './shared-once.js';
export { SharedReadWriteLock, type SharedReadWriteLockOptions } from './shared-read-write-lock.js';
export { SharedMutex, SharedSemaphore, type SharedSemaphoreOptions } from './shared-semaphore.js';
export { SharedSeqLock, type SharedSeqLockOptions } from './shared-seq-lock.js';
