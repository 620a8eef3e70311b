/** `ashlar/resilience/adaptive-limit`: as many calls at once as the other side takes without a queue. */
export {
  AdaptiveLimit,
  type AdaptiveLimitEvents,
  type AdaptiveLimitOptions,
  type AdaptiveLimitStats,
  adaptiveLimit,
  LimitExceededError,
  type LoadVerdict,
} from './adaptive-limit.js';
export {
  Aimd,
  type AimdOptions,
  Gradient2,
  type Gradient2Options,
  type LimitAlgorithm,
  type LimitSample,
  Vegas,
  type VegasOptions,
  Windowed,
  type WindowedOptions,
} from './algorithms.js';
