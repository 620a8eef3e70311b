/** `ashlar/concurrency/lifecycle`: the ordered beginning and end of a program. */
export { ClosedError, DoubleReleaseError, TimeoutError } from '../../base/wait-errors.js';
export type { WaitOptions } from '../../base/waiter.js';
export type { Signals } from '../../ports/signals.js';
export {
  type Component,
  type ComponentError,
  type ComponentState,
  LifecycleStateError,
  StartError,
  type StepContext,
  StopError,
} from './component.js';
export { type ComponentHealth, guardHandler, type Health, type ProbeOptions, probeHandler } from './health.js';
export { InFlight, Passage } from './in-flight.js';
export { Lifecycle, type LifecycleEvents, type LifecycleOptions, type LifecycleState } from './lifecycle.js';
export { SignalReason, type StopOnSignalsOptions, stopOnSignals } from './signals.js';
