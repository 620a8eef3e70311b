/** `ashlar/resilience`: what stands between a call and a dependency that fails. */
export { Bulkhead, type BulkheadEvents, BulkheadFullError, type BulkheadOptions, bulkhead } from './bulkhead/index.js';
export {
  type BreakerDump,
  type BreakerState,
  CircuitBreaker,
  type CircuitBreakerEvents,
  type CircuitBreakerOptions,
  type CircuitBreakerStats,
  CircuitOpenError,
  type Classify,
  type MachineDump,
  type Rates,
  type Verdict,
  type WindowDump,
} from './circuit-breaker/index.js';
export {
  Fallback,
  type FallbackEvents,
  type FallbackFunction,
  type FallbackOptions,
  fallback,
} from './fallback/index.js';
export {
  Hedge,
  type HedgeEvents,
  HedgeLostError,
  type HedgeOptions,
  type HedgePercentile,
  hedge,
} from './hedge/index.js';
export { Pipeline, pipeline } from './pipeline/index.js';
export {
  type Call,
  type ExecuteOptions,
  HttpStatusError,
  type Listener,
  type Next,
  type Operation,
  Policy,
  type PolicyContext,
  parseRetryAfter,
  type WrapFetchOptions,
  type WrapOptions,
  wrapFetch,
} from './policy/index.js';
export {
  type Backoff,
  type Budget,
  type DecorrelatedBackoffOptions,
  decorrelatedBackoff,
  type ExponentialBackoffOptions,
  exponentialBackoff,
  fixedBackoff,
  type GiveUpReason,
  type Jitter,
  jittered,
  type LinearBackoffOptions,
  linearBackoff,
  type Outcome,
  Retry,
  RetryBudget,
  type RetryBudgetOptions,
  type RetryEvents,
  type RetryOptions,
  RetryThrottle,
  type RetryThrottleOptions,
  retry,
} from './retry/index.js';
export {
  type AdaptiveTimeout,
  Timeout,
  TimeoutError,
  type TimeoutEvents,
  type TimeoutOptions,
  timeout,
} from './timeout/index.js';
