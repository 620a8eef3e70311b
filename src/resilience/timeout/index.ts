/** `ashlar/resilience/timeout`: bounds how long a call takes. */
export { TimeoutError } from '../../base/wait-errors.js';
export { type AdaptiveTimeout, Timeout, type TimeoutEvents, type TimeoutOptions, timeout } from './timeout.js';
