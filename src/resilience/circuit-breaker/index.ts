/** `ashlar/resilience/circuit-breaker`: stops calling what fails, and tries now and then whether it is back. */
export {
  CircuitBreaker,
  type CircuitBreakerEvents,
  type CircuitBreakerStats,
  CircuitOpenError,
} from './circuit-breaker.js';
export type { BreakerDump } from './dump.js';
export type { BreakerState, MachineDump } from './machine.js';
export type { CircuitBreakerOptions, Classify, Verdict } from './options.js';
export type { Rates, WindowDump } from './windows.js';
