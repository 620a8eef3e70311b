/** `ashlar/observability/heat-map`: latencies over time, so that one sees what a percentile hides. */
export {
  type CountedRange,
  LatencyHeatMap,
  type LatencyHeatMapOptions,
  type SteppedHistogram,
} from './latency-heat-map.js';
export { type HeatMapCells, heatMapSvg, heatMapText, type SvgOptions, type TextOptions } from './render.js';
