/** `ashlar/codecs/delta`: differences of neighbours and differences of differences. */
export { type DeltaCodec, type DeltaOptions, delta, deltaOfDelta } from './delta.js';
