/** `ashlar/concurrency/promise`: promises by the language's algorithms, whose rejections can be tracked. */
export type { Deferred } from './capability.js';
export { AshlarPromise, deferred } from './promise.js';
export {
  type RejectionHook,
  type RejectionTracking,
  reportToPlatform,
  setRejectionHook,
  trackRejections,
} from './rejections.js';
