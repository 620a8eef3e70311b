/** `ashlar/resilience/bulkhead`: bounds how many calls are out at once. */
export { Bulkhead, type BulkheadEvents, BulkheadFullError, type BulkheadOptions, bulkhead } from './bulkhead.js';
