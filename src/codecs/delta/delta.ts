/**
 * Differences of neighbours, and differences of those, modulo 2^32: what rises slowly becomes small, for `varint` or
 * `bit-packing` to store. Exact for every input, whatever wraps.
 */

import { Arena } from '../../../bindings/arena.js';
import { type IntegersKernel, integersKernel } from '../../../bindings/kernels/codecs/integers.js';
import { checkRoom, checkWords, mapWords, type Words } from '../../../bindings/staging.js';

export interface DeltaOptions {
  /** Where the work is done. Default `Arena.default`. */
  arena?: Arena;
  /** What the first value is a difference to, to continue an earlier array: its last value. Default 0. */
  previous?: number;
}

/** One direction of one codec over a staged piece. */
type Step = (kernel: IntegersKernel, at: number, count: number) => void;

function run<Array extends Words>(out: Array, values: Words, options: DeltaOptions, step: Step): Array {
  checkWords(values, 'values');
  checkWords(out, 'out');
  checkRoom(out, values.length);
  const arena = options.arena ?? Arena.default;
  const kernel = arena.kernel(integersKernel);
  mapWords(arena, values, out, (at, count) => step(kernel, at, count));
  return out;
}

function like<Array extends Words>(values: Array): Array {
  checkWords(values, 'values');
  return (values instanceof Uint32Array ? new Uint32Array(values.length) : new Int32Array(values.length)) as Array;
}

function startOf(options: DeltaOptions): number {
  const { previous = 0 } = options;
  if (!Number.isInteger(previous) || previous < -(2 ** 31) || previous >= 2 ** 32) {
    throw new RangeError(`previous must be an integer of 32 bits, got ${previous}`);
  }
  return previous;
}

/** One codec in its four forms, from what each direction does to a piece. */
function codec(encoder: (previous: number) => Step, decoder: (previous: number) => Step): DeltaCodec {
  const encodeInto = <Array extends Words>(out: Array, values: Words, options: DeltaOptions = {}): Array =>
    run(out, values, options, encoder(startOf(options)));
  const decodeInto = <Array extends Words>(out: Array, values: Words, options: DeltaOptions = {}): Array =>
    run(out, values, options, decoder(startOf(options)));
  return {
    encode: (values, options) => encodeInto(like(values), values, options),
    encodeInto,
    decode: (values, options) => decodeInto(like(values), values, options),
    decodeInto,
  };
}

/** All are O(n), and throw TypeError for other arrays, RangeError when `out` is too short, and ArenaFullError. */
export interface DeltaCodec {
  /** A new array of the same kind. */
  encode<Array extends Words>(values: Array, options?: DeltaOptions): Array;
  /** To `out`, which may be `values` itself; returns `out`. */
  encodeInto<Array extends Words>(out: Array, values: Words, options?: DeltaOptions): Array;
  decode<Array extends Words>(values: Array, options?: DeltaOptions): Array;
  decodeInto<Array extends Words>(out: Array, values: Words, options?: DeltaOptions): Array;
}

/** out[i] = values[i] − values[i − 1]. */
export const delta: DeltaCodec = /* @__PURE__ */ codec(
  (start) => {
    let previous = start;
    return (kernel, at, count) => {
      previous = kernel.deltaEncode(at, count, previous);
    };
  },
  (start) => {
    let previous = start;
    return (kernel, at, count) => {
      previous = kernel.deltaDecode(at, count, previous);
    };
  },
);

/** `delta` twice: zero where values rise evenly. `previous` is a value; the difference before it counts as 0. */
export const deltaOfDelta: DeltaCodec = /* @__PURE__ */ codec(
  (start) => {
    let value = start;
    let difference = 0;
    return (kernel, at, count) => {
      value = kernel.deltaEncode(at, count, value);
      difference = kernel.deltaEncode(at, count, difference);
    };
  },
  (start) => {
    let value = start;
    let difference = 0;
    return (kernel, at, count) => {
      difference = kernel.deltaDecode(at, count, difference);
      value = kernel.deltaDecode(at, count, value);
    };
  },
);
