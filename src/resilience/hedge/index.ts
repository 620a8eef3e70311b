/** `ashlar/resilience/hedge`: a second call when the first is slow. */
export { Hedge, type HedgeEvents, HedgeLostError, type HedgeOptions, type HedgePercentile, hedge } from './hedge.js';
