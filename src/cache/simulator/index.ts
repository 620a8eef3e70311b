/** `ashlar/cache/simulator`: what eviction policies would hit on a trace. */
export { curveSvg, curveText } from './curve.js';
export { type HitRatioOptions, type HitRatios, hitRatios } from './hit-ratios.js';
export { optimum } from './optimum.js';
export { type Outcome, simulate } from './simulate.js';
export { tableMarkdown, tableText } from './table.js';
export { parseTrace, type Trace, TraceError, type TraceFormat } from './trace.js';
