export type { SketchKey, SketchKeys } from '../../../bindings/keys.js';
export { HyperLogLog, type HyperLogLogOptions, type HyperLogLogStats } from './hyper-log-log.js';
