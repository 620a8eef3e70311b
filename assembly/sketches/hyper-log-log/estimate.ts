// How many keys a HyperLogLog saw, from how many of its registers have each value: O. Ertl, "New cardinality
// estimation algorithms for HyperLogLog sketches" (2017), algorithm 6, the improved raw estimator.
//
// It has no bias to correct by tables, and no seam between small and large ranges. Only additions, multiplications,
// divisions and square roots are used, which are the same on every machine.

/** α∞ = 1 / (2 ln 2). */
const ALPHA: f64 = 0.7213475204444817;

/**
 * The estimate from `histogram`, a u32 for each register value 0 … q + 1.
 *
 * @param registers how many registers there are: the sum of the histogram
 * @param q bits of a hash that the index of its register does not take
 */
export function estimateOf(histogram: usize, registers: u32, q: u32): f64 {
  const m = <f64>registers;
  let z = m * tau(1 - <f64>countAt(histogram, q + 1) / m);
  for (let value = q; value > 0; value--) z = 0.5 * (z + <f64>countAt(histogram, value));
  z += m * sigma(<f64>countAt(histogram, 0) / m);
  return (ALPHA * m * m) / z;
}

// @ts-ignore: decorator
@inline
function countAt(histogram: usize, value: u32): u32 {
  return load<u32>(histogram + (<usize>value << 2));
}

/** What the registers that are still zero add: x + Σ x^(2^k) · 2^(k−1). */
function sigma(x: f64): f64 {
  if (x == 1) return Infinity;
  let y: f64 = 1;
  let z = x;
  let before: f64;
  do {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  } while (z != before);
  return z;
}

/** What the registers that have reached the end add. */
function tau(x: f64): f64 {
  if (x == 0 || x == 1) return 0;
  let y: f64 = 1;
  let z = 1 - x;
  let before: f64;
  do {
    x = sqrt<f64>(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  } while (z != before);
  return z / 3;
}
