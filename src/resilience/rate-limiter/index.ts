/** `ashlar/resilience/rate-limiter`: who may how much, how often. */
export type { GcraLimit, LeakyBucketLimit, RateLimit, TokenBucketLimit, WindowLimit } from './algorithms.js';
export { type CoarseClockOptions, coarseClock } from './coarse-clock.js';
export type { AnyRateLimiter, AsyncRateLimiter, RateLimiter, RateLimitKey, RateLimitResult } from './contract.js';
export { FixedWindow, type FixedWindowOptions } from './fixed-window.js';
export { Gcra, type GcraOptions } from './gcra.js';
export { type ThrottleAnswer, type ThrottleQuota, throttle, throttleSeconds } from './gcra-arithmetic.js';
export { type LimitRequestsOptions, limitRequests, type RequestLimit, rateLimitHeaders } from './http.js';
export { InsuredRateLimiter, type InsuredRateLimiterOptions } from './insured-rate-limiter.js';
export { LeakyBucket, type LeakyBucketOptions } from './leaky-bucket.js';
export type { LimiterOpenOptions, LimiterOptions, LimiterStats } from './limiter-options.js';
export { RateLimitedError, type RateLimitedOptions, rateLimited } from './rate-limited.js';
export { RedisRateLimiter, type RedisRateLimiterOptions } from './redis-rate-limiter.js';
export { RememberingRateLimiter, type RememberingRateLimiterOptions } from './remembering-rate-limiter.js';
export { SharedRateLimiter, type SharedRateLimiterOptions } from './shared-rate-limiter.js';
export { SlidingWindowCounter, type SlidingWindowCounterOptions } from './sliding-window-counter.js';
export { SlidingWindowLog, type SlidingWindowLogOptions } from './sliding-window-log.js';
export { TokenBucket, type TokenBucketOptions } from './token-bucket.js';
export { AsyncRateLimiterUnion, RateLimiterUnion, type UnionOptions, type UnionResult } from './union.js';
