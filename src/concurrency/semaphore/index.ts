/** `ashlar/concurrency/semaphore`: permits, mutual exclusion and conditions for async tasks. */
export { ClosedError, DoubleReleaseError, QueueFullError, TimeoutError } from '../../base/wait-errors.js';
export type { WaitOptions } from '../../base/waiter.js';
export { Condition, type ConditionOptions } from './condition.js';
export { type HolderToken, type LockOptions, Mutex, type MutexOptions } from './mutex.js';
export type { Permit } from './permit.js';
export {
  type AcquireOptions,
  Semaphore,
  type SemaphoreOptions,
  type SemaphoreStats,
  type UseOptions,
} from './semaphore.js';
