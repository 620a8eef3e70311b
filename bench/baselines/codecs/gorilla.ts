/** Gorilla compression in careful plain TypeScript: u32 halves, a 32-bit bit buffer, no BigInt. One stream, no header. */

const scratch = new Float64Array(1);
const words = new Uint32Array(scratch.buffer);

/** Bits, high first. */
class BitWriter {
  bytes = new Uint8Array(1 << 16);
  #at = 0;
  #bits = 0;
  #used = 0;

  /** The low `width` bits of a u32, 0 to 32. */
  put(value: number, width: number): void {
    const free = 32 - this.#used;
    if (width < free) {
      this.#bits |= (width === 0 ? 0 : value & (0xffff_ffff >>> (32 - width))) << (free - width);
      this.#used += width;
      return;
    }
    const rest = width - free;
    this.#word(this.#bits | ((rest === 0 ? value : value >>> rest) & (0xffff_ffff >>> this.#used)));
    this.#bits = rest === 0 ? 0 : value << (32 - rest);
    this.#used = rest;
  }

  #word(value: number): void {
    if (this.#at + 4 > this.bytes.length) {
      const grown = new Uint8Array(2 * this.bytes.length);
      grown.set(this.bytes);
      this.bytes = grown;
    }
    const { bytes } = this;
    bytes[this.#at++] = value >>> 24;
    bytes[this.#at++] = value >>> 16;
    bytes[this.#at++] = value >>> 8;
    bytes[this.#at++] = value;
  }

  finish(): Uint8Array {
    this.#word(this.#bits);
    return this.bytes.slice(0, this.#at);
  }
}

class BitReader {
  #word = 0;
  #left = 0;
  #at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The next `width` bits, 0 to 32, as a u32. */
  get(width: number): number {
    if (width === 0) return 0;
    if (width <= this.#left) {
      this.#left -= width;
      return (this.#word >>> this.#left) & (0xffff_ffff >>> (32 - width));
    }
    const missing = width - this.#left;
    const high = this.#left === 0 ? 0 : this.#word & (0xffff_ffff >>> (32 - this.#left));
    const bytes = this.#bytes;
    const at = this.#at;
    this.#word =
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number);
    this.#at += 4;
    this.#left = 32 - missing;
    const low = this.#word >>> this.#left;
    return missing === 32 ? low >>> 0 : ((high << missing) | low) >>> 0;
  }
}

/** Timestamps and values of one series; timestamps whose deltas of deltas fit in 32 bits. */
export function encode(timestamps: Float64Array, values: Float64Array): Uint8Array {
  const out = new BitWriter();
  const count = values.length;
  out.put(count, 32);
  let previousTime = timestamps[0] as number;
  scratch[0] = previousTime;
  out.put(words[1] as number, 32);
  out.put(words[0] as number, 32);
  scratch[0] = values[0] as number;
  let high = words[1] as number;
  let low = words[0] as number;
  out.put(high, 32);
  out.put(low, 32);
  let delta = 0;
  let leading = 99;
  let trailing = 0;
  for (let i = 1; i < count; i++) {
    const time = timestamps[i] as number;
    const change = time - previousTime - delta;
    delta += change;
    previousTime = time;
    if (change === 0) out.put(0, 1);
    else if (change >= -8192 && change < 8192) {
      out.put(0b10, 2);
      out.put(change, 14);
    } else {
      out.put(0b11, 2);
      out.put(change, 32);
    }
    scratch[0] = values[i] as number;
    const xorHigh = (words[1] as number) ^ high;
    const xorLow = (words[0] as number) ^ low;
    high = words[1] as number;
    low = words[0] as number;
    if ((xorHigh | xorLow) === 0) {
      out.put(0, 1);
      continue;
    }
    const zeros = Math.min(31, xorHigh === 0 ? 32 + Math.clz32(xorLow) : Math.clz32(xorHigh));
    const tail = xorLow === 0 ? 63 - Math.clz32(xorHigh & -xorHigh) : 31 - Math.clz32(xorLow & -xorLow);
    if (zeros >= leading && tail >= trailing) {
      out.put(0b10, 2);
    } else {
      leading = zeros;
      trailing = tail;
      out.put((0b11 << 11) | (leading << 6) | ((64 - leading - trailing) & 63), 13);
    }
    const width = 64 - leading - trailing;
    if (trailing >= 32) {
      out.put(xorHigh >>> (trailing - 32), width);
    } else {
      const shifted = trailing === 0 ? xorLow : (xorLow >>> trailing) | (xorHigh << (32 - trailing));
      if (width > 32) {
        out.put(xorHigh >>> trailing, width - 32);
        out.put(shifted, 32);
      } else {
        out.put(shifted, width);
      }
    }
  }
  return out.finish();
}

export function decode(bytes: Uint8Array): { timestamps: Float64Array; values: Float64Array } {
  const source = new BitReader(bytes);
  const count = source.get(32);
  const timestamps = new Float64Array(count);
  const values = new Float64Array(count);
  words[1] = source.get(32);
  words[0] = source.get(32);
  let time = scratch[0] as number;
  let high = source.get(32);
  let low = source.get(32);
  words[1] = high;
  words[0] = low;
  timestamps[0] = time;
  values[0] = scratch[0] as number;
  let delta = 0;
  let trailing = 0;
  let width = 0;
  for (let i = 1; i < count; i++) {
    if (source.get(1) === 1) delta += source.get(1) === 0 ? (source.get(14) << 18) >> 18 : source.get(32) | 0;
    time += delta;
    timestamps[i] = time;
    if (source.get(1) === 1) {
      if (source.get(1) === 1) {
        const leading = source.get(5);
        width = source.get(6) || 64;
        trailing = 64 - leading - width;
      }
      if (trailing >= 32) {
        high ^= source.get(width) << (trailing - 32);
      } else {
        const top = width > 32 ? source.get(width - 32) : 0;
        const bottom = source.get(Math.min(width, 32));
        low ^= bottom << trailing;
        high ^= (top << trailing) | (trailing === 0 ? 0 : bottom >>> (32 - trailing));
      }
    }
    words[1] = high;
    words[0] = low;
    values[i] = scratch[0] as number;
  }
  return { timestamps, values };
}
