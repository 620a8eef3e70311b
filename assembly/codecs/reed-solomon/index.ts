// Kernel `codecs/reed-solomon`: products of matrices over GF(2^8), polynomial x^8 + x^4 + x^3 + x^2 + 1 (0x11d).
//
// A coefficient c is a pair of 16-byte tables, c × 0 … 15 and c × 0x00, 0x10 … 0xf0, so that sixteen products are two
// byte shuffles and an XOR (J. Plank, K. Greenan, E. Miller, "Screaming Fast Galois Field Arithmetic Using Intel SIMD
// Instructions", FAST 2013). Tables stand by output, then by input: 32 bytes each.
//
// Shards are given by arrays of addresses; all have room for `size` rounded up to 32 bytes. Nothing here can fail.

/** Bytes of the tables of one coefficient. */
const TABLE: usize = 32;

/** The product of two elements of the field. */
export function product(a: u32, b: u32): u32 {
  let sum: u32 = 0;
  for (let bit = 0; bit < 8; bit++) {
    sum ^= a & (0 - ((b >> bit) & 1));
    a = (a << 1) ^ (0x11d & (0 - (a >> 7)));
  }
  return sum;
}

/** Makes the tables of `count` coefficients, a byte each, at `tables`. */
export function makeTables(coefficients: usize, count: u32, tables: usize): void {
  for (let i: usize = 0; i < count; i++) {
    const c: u32 = load<u8>(coefficients + i);
    const at = tables + i * TABLE;
    for (let nibble: u32 = 0; nibble < 16; nibble++) {
      store<u8>(at + nibble, <u8>product(c, nibble));
      store<u8>(at + nibble, <u8>product(c, nibble << 4), 16);
    }
  }
}

/** outputs[j] = sum of coefficient[j][i] × inputs[i], for `size` bytes of each. */
export function multiply(tables: usize, inputs: usize, inputCount: u32, outputs: usize, outputCount: u32, size: u32): void {
  const inputsEnd = inputs + (<usize>inputCount << 2);
  const row = <usize>inputCount * TABLE;
  // Three outputs for each byte that is loaded: four would not leave their sums in registers.
  while (outputCount > 0) {
    const group: u32 = outputCount == 4 ? 2 : min(outputCount, 3);
    if (group == 3) three(tables, row, inputs, inputsEnd, outputs, size);
    else if (group == 2) two(tables, row, inputs, inputsEnd, outputs, size);
    else one(tables, inputs, inputsEnd, outputs, size);
    tables += row * group;
    outputs += <usize>group << 2;
    outputCount -= group;
  }
}

// @ts-ignore: decorator
@inline
function times(table: usize, low: v128, high: v128): v128 {
  return v128.xor(i8x16.swizzle(v128.load(table), low), i8x16.swizzle(v128.load(table, 16), high));
}

function three(tables: usize, row: usize, inputs: usize, inputsEnd: usize, outputs: usize, size: u32): void {
  const nibble = i8x16.splat(15);
  const to0: usize = load<u32>(outputs);
  const to1: usize = load<u32>(outputs, 4);
  const to2: usize = load<u32>(outputs, 8);
  for (let at: usize = 0; at < size; at += 32) {
    let a0 = i8x16.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let table = tables;
    for (let input = inputs; input < inputsEnd; input += 4) {
      const from = <usize>load<u32>(input) + at;
      const x0 = v128.load(from);
      const x1 = v128.load(from, 16);
      const low0 = v128.and(x0, nibble);
      const low1 = v128.and(x1, nibble);
      const high0 = i8x16.shr_u(x0, 4);
      const high1 = i8x16.shr_u(x1, 4);
      a0 = v128.xor(a0, times(table, low0, high0));
      a1 = v128.xor(a1, times(table, low1, high1));
      b0 = v128.xor(b0, times(table + row, low0, high0));
      b1 = v128.xor(b1, times(table + row, low1, high1));
      c0 = v128.xor(c0, times(table + 2 * row, low0, high0));
      c1 = v128.xor(c1, times(table + 2 * row, low1, high1));
      table += TABLE;
    }
    v128.store(to0 + at, a0);
    v128.store(to0 + at, a1, 16);
    v128.store(to1 + at, b0);
    v128.store(to1 + at, b1, 16);
    v128.store(to2 + at, c0);
    v128.store(to2 + at, c1, 16);
  }
}

function two(tables: usize, row: usize, inputs: usize, inputsEnd: usize, outputs: usize, size: u32): void {
  const nibble = i8x16.splat(15);
  const to0: usize = load<u32>(outputs);
  const to1: usize = load<u32>(outputs, 4);
  for (let at: usize = 0; at < size; at += 32) {
    let a0 = i8x16.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let table = tables;
    for (let input = inputs; input < inputsEnd; input += 4) {
      const from = <usize>load<u32>(input) + at;
      const x0 = v128.load(from);
      const x1 = v128.load(from, 16);
      const low0 = v128.and(x0, nibble);
      const low1 = v128.and(x1, nibble);
      const high0 = i8x16.shr_u(x0, 4);
      const high1 = i8x16.shr_u(x1, 4);
      a0 = v128.xor(a0, times(table, low0, high0));
      a1 = v128.xor(a1, times(table, low1, high1));
      b0 = v128.xor(b0, times(table + row, low0, high0));
      b1 = v128.xor(b1, times(table + row, low1, high1));
      table += TABLE;
    }
    v128.store(to0 + at, a0);
    v128.store(to0 + at, a1, 16);
    v128.store(to1 + at, b0);
    v128.store(to1 + at, b1, 16);
  }
}

function one(tables: usize, inputs: usize, inputsEnd: usize, outputs: usize, size: u32): void {
  const nibble = i8x16.splat(15);
  const to: usize = load<u32>(outputs);
  for (let at: usize = 0; at < size; at += 32) {
    let a0 = i8x16.splat(0);
    let a1 = a0;
    let table = tables;
    for (let input = inputs; input < inputsEnd; input += 4) {
      const from = <usize>load<u32>(input) + at;
      const x0 = v128.load(from);
      const x1 = v128.load(from, 16);
      a0 = v128.xor(a0, times(table, v128.and(x0, nibble), i8x16.shr_u(x0, 4)));
      a1 = v128.xor(a1, times(table, v128.and(x1, nibble), i8x16.shr_u(x1, 4)));
      table += TABLE;
    }
    v128.store(to + at, a0);
    v128.store(to + at, a1, 16);
  }
}

/** to ^= from. Both have room for `size` rounded up to 16. */
export function addTo(to: usize, from: usize, size: u32): void {
  for (let at: usize = 0; at < size; at += 16) {
    v128.store(to + at, v128.xor(v128.load(to + at), v128.load(from + at)));
  }
}

/** True when `size` bytes are the same. */
export function isEqual(a: usize, b: usize, size: u32): bool {
  const whole: usize = size & ~15;
  let different = i8x16.splat(0);
  for (let at: usize = 0; at < whole; at += 16) {
    different = v128.or(different, v128.xor(v128.load(a + at), v128.load(b + at)));
  }
  if (v128.any_true(different)) return false;
  for (let at = whole; at < size; at++) if (load<u8>(a + at) != load<u8>(b + at)) return false;
  return true;
}
