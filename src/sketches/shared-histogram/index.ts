/** `ashlar/sketches/shared-histogram`: counts of values that many threads record into. */
export { SharedHistogram, type SharedHistogramOptions, type SharedHistogramStats } from './shared-histogram.js';
