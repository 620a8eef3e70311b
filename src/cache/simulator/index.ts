/** `ashlar/cache/simulator`: what eviction policies would hit on a trace. */
export { optimum } from './optimum.js';
export { type Outcome, simulate } from './simulate.js';
export { parseTrace, type Trace, TraceError, type TraceFormat } from './trace.js';
