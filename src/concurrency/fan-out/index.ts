/** `ashlar/concurrency/fan-out`: work spread over many at once, and brought together again. */
export type { WorkContext } from './crew.js';
export { type FanInOptions, fanIn } from './fan-in.js';
export { type Failure, type FailurePolicy, FanOut, FanOutError, type FanOutOptions, fanOut } from './fan-out.js';
export { type MapReduceOptions, mapReduce, TooManyKeysError } from './map-reduce.js';
export { Pipeline } from './pipeline.js';
export { type Gathered, QuorumError, type ScatterGatherOptions, scatterGather } from './scatter-gather.js';
export type { Source } from './source.js';
