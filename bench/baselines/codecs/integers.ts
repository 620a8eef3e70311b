/** Integer codecs in careful plain TypeScript. */

export function leb128Encode(values: Uint32Array): Uint8Array {
  const out = new Uint8Array(5 * values.length);
  let at = 0;
  for (let i = 0; i < values.length; i++) {
    let value = values[i] as number;
    for (; value > 127; value >>>= 7) out[at++] = (value & 127) | 128;
    out[at++] = value;
  }
  return out.slice(0, at);
}

export function leb128Decode(bytes: Uint8Array, count: number): Uint32Array {
  const out = new Uint32Array(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    let byte = bytes[at++] as number;
    let value = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      byte = bytes[at++] as number;
      value |= (byte & 127) << shift;
    }
    out[i] = value;
  }
  return out;
}

export function deltaEncode(values: Uint32Array): Uint32Array {
  const out = new Uint32Array(values.length);
  let previous = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    out[i] = value - previous;
    previous = value;
  }
  return out;
}

export function deltaDecode(values: Uint32Array): Uint32Array {
  const out = new Uint32Array(values.length);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum = (sum + (values[i] as number)) | 0;
    out[i] = sum;
  }
  return out;
}

/** One value behind the other, `width` bits each, below 32. */
export function pack(values: Uint32Array, width: number): Uint32Array {
  const out = new Uint32Array(Math.ceil((values.length * width) / 32));
  let waiting = 0;
  let used = 0;
  let at = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    waiting |= value << used;
    used += width;
    if (used >= 32) {
      out[at++] = waiting;
      used -= 32;
      waiting = used === 0 ? 0 : value >>> (width - used);
    }
  }
  if (used > 0) out[at] = waiting;
  return out;
}

export function unpack(packed: Uint32Array, width: number, count: number): Uint32Array {
  const out = new Uint32Array(count);
  const mask = 0xffff_ffff >>> (32 - width);
  let bit = 0;
  for (let i = 0; i < count; i++, bit += width) {
    const at = bit >>> 5;
    const shift = bit & 31;
    let value = (packed[at] as number) >>> shift;
    if (shift + width > 32) value |= (packed[at + 1] as number) << (32 - shift);
    out[i] = value & mask;
  }
  return out;
}
