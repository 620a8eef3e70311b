// The bit stream of values: XOR with the value before, inside a window of significant bits.

/** Leading zeros are stored in five bits. */
const MAX_LEADING: u64 = 31;
/** Up to this width a reused window's code fits in one word behind seven waiting bits. */
const SHORT: u64 = 54;
/** Bytes of values after which the window is looked at again: the paper never narrows one that one outlier widened. */
const EPOCH: usize = 32 * 8;

/** Writes the codes of values 1 … count − 1; returns the address after the last byte. May store 8 bytes beyond it. */
export function encodeValues(values: usize, count: u32, to: usize): usize {
  const last = values + ((<usize>count - 1) << 3);
  let previous = load<u64>(values);
  // Bits that no XOR inside the window has; all of them while there is no window.
  let outside: u64 = <u64>-1;
  let trailing: u64 = 0;
  let width: u64 = 0;
  // Bits not stored yet: `used` of them, below 48 at the head of the loop.
  let bits: u64 = 0;
  let used: u64 = 0;
  // What the last epoch's XORs have set: a window much wider than that is worth opening anew.
  let seen: u64 = 0;
  let hint: u64 = 0;
  let epoch = values + EPOCH;
  while (values < last) {
    if (values >= epoch) {
      const narrow = 64 - min(clz(seen), MAX_LEADING) - ctz(seen);
      if (seen != 0 && narrow + 2 <= width) {
        outside = <u64>-1;
        hint = seen;
      }
      seen = 0;
      epoch += EPOCH;
    }
    values += 8;
    const current = load<u64>(values);
    const xor = current ^ previous;
    previous = current;
    seen |= xor;
    if (xor == 0) {
      if (++used == 48) {
        store<u64>(to, bits);
        to += 6;
        bits = 0;
        used = 0;
      }
      continue;
    }
    if (used > 7) {
      store<u64>(to, bits);
      to += <usize>(used >> 3);
      bits >>= used & 56;
      used &= 7;
    }
    let field: u64;
    if (!(xor & outside)) {
      if (width <= SHORT) {
        // Control and field in one store: together with what waits, fewer than 64 bits.
        bits |= (1 | ((xor >> trailing) << 2)) << used;
        store<u64>(to, bits);
        used += width + 2;
        to += <usize>(used >> 3);
        bits >>= used & 56;
        used &= 7;
        continue;
      }
      bits |= (<u64>1) << used;
      used += 2;
    } else {
      const window = xor | hint;
      hint = 0;
      const leading = min(clz(window), MAX_LEADING);
      trailing = ctz(window);
      width = 64 - leading - trailing;
      outside = ~((<u64>-1 >> (64 - width)) << trailing);
      bits |= (3 | (leading << 2) | ((width & 63) << 7)) << used;
      used += 13;
    }
    field = xor >> trailing;
    // At most 20 bits wait.
    bits |= field << used;
    store<u64>(to, bits);
    const filled = used + width;
    if (filled >= 64) {
      to += 8;
      bits = (field >> (63 - used)) >> 1;
      used = filled - 64;
    } else {
      to += <usize>(filled >> 3);
      bits >>= filled & 56;
      used = filled & 7;
    }
    if (used > 7) {
      store<u64>(to, bits);
      to += <usize>(used >> 3);
      bits >>= used & 56;
      used &= 7;
    }
  }
  store<u64>(to, bits);
  return to + <usize>((used + 7) >> 3);
}

/** Reads values 0 … count − 1 from the codes of [from, end). False when they do not end exactly there. */
export function decodeValues(from: usize, end: usize, count: u32, first: u64, to: usize): bool {
  const endBits = <u32>(end - from) << 3;
  const last = to + ((<usize>count - 1) << 3);
  let value = first;
  let at: u32 = 0;
  let trailing: u64 = 0;
  let width: u32 = 0;
  let mask: u64 = 0;
  store<u64>(to, value);
  while (to < last) {
    to += 8;
    const bits = load<u64>(from + (at >> 3)) >> (at & 7);
    if (bits & 1) {
      if (bits & 2) {
        const leading = <u32>(bits >> 2) & 31;
        width = <u32>(bits >> 7) & 63;
        width = width == 0 ? 64 : width;
        if (leading + width > 64) return false;
        trailing = 64 - leading - width;
        mask = <u64>-1 >> (64 - width);
        at += 13;
      } else {
        if (width == 0) return false;
        at += 2;
      }
      const field = from + (at >> 3);
      let xor = load<u64>(field) >> (at & 7);
      // A field of up to 57 bits is inside one load wherever it begins.
      if (width > 57) xor |= (<u64>load<u8>(field, 8) << 1) << (63 - (at & 7));
      value ^= (xor & mask) << trailing;
      at += width;
    } else {
      at++;
    }
    if (at > endBits) return false;
    store<u64>(to, value);
  }
  return endBits - at < 8;
}
