/** `ashlar/resilience/policy`: what all policies share, `fetch` under a policy, and `Retry-After`. */

export type { Listener } from '../../base/events.js';
export type { Call } from './call.js';
export {
  type ExecuteOptions,
  type Next,
  type Operation,
  Policy,
  type PolicyContext,
  type WrapOptions,
} from './policy.js';
export { parseRetryAfter } from './retry-after.js';
export { HttpStatusError, type WrapFetchOptions, wrapFetch } from './wrap-fetch.js';
