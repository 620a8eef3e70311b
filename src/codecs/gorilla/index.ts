/** `ashlar/codecs/gorilla`: compression of time series, bit-exact, whole or streaming, with seeking. */
export { DecodeError } from '../../../bindings/decode-error.js';
export { GorillaDecoder } from './decoder.js';
export { GorillaEncoder } from './encoder.js';
export { type GorillaEncodeOptions, type GorillaOptions, type GorillaSamples, gorilla } from './gorilla.js';
