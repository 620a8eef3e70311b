/** `ashlar/codecs/run-length`: equal neighbours as one value and where they end, with random access. */
export { type RunLengthDecodeOptions, type RunLengthOptions, type Runs, runLength } from './run-length.js';
