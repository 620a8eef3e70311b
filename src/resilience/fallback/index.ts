/** `ashlar/resilience/fallback`: what is given instead when a call fails. */
export { Fallback, type FallbackEvents, type FallbackFunction, type FallbackOptions, fallback } from './fallback.js';
