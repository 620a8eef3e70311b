/** `ashlar/concurrency/read-write-lock`: many readers or one writer, and readers who wait for nobody. */
export type { HolderToken, ReadHold, WriteHold } from './holds.js';
export { Rcu, type RcuOptions, type RcuSnapshot } from './rcu.js';
export { type LockRequest, ReadWriteLock, type ReadWriteLockOptions, UpgradeConflictError } from './read-write-lock.js';
export { SeqLock, type SeqLockOptions } from './seq-lock.js';
