/** `ashlar/resilience/retry`: tries again, after delays with jitter, within a budget. */
export {
  type Backoff,
  type DecorrelatedBackoffOptions,
  decorrelatedBackoff,
  type ExponentialBackoffOptions,
  exponentialBackoff,
  fixedBackoff,
  type Jitter,
  jittered,
  type LinearBackoffOptions,
  linearBackoff,
} from './backoff.js';
export {
  type Budget,
  RetryBudget,
  type RetryBudgetOptions,
  RetryThrottle,
  type RetryThrottleOptions,
} from './budget.js';
export { type GiveUpReason, type Outcome, Retry, type RetryEvents, type RetryOptions, retry } from './retry.js';
