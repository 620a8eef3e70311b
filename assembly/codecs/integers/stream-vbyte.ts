// Stream VByte (D. Lemire, N. Kurz, C. Rupp, "Stream VByte: Faster Byte-Oriented Integer Compression", 2018): two bits
// of length for each value, four values a control byte, lowest bits first; their 1 to 4 bytes stand in a stream apart.
//
// Tables, 4352 bytes, which the caller keeps for the length of a call:
//
//   offset  size  meaning
//        0  4096  for each control byte, the sixteen indices that spread its data to four words
//     4096   256  for each control byte, the bytes of its data: 4 to 16

const LENGTHS: usize = 4096;

/** Fills the tables. */
export function streamVByteTables(tables: usize): void {
  for (let control: u32 = 0; control < 256; control++) {
    const row = tables + (<usize>control << 4);
    let from: u32 = 0;
    for (let lane: u32 = 0; lane < 4; lane++) {
      const bytes = ((control >> (lane << 1)) & 3) + 1;
      for (let byte: u32 = 0; byte < 4; byte++) {
        // An index beyond 15 makes a zero.
        store<u8>(row + (lane << 2) + byte, <u8>(byte < bytes ? from + byte : 255));
      }
      from += bytes;
    }
    store<u8>(tables + LENGTHS + control, <u8>from);
  }
}

/** Encodes `count` words; control bytes to `controls`, data to `data`; returns the address after the data. */
export function streamVByteEncode(values: usize, count: u32, controls: usize, data: usize): usize {
  let control: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const value = load<u32>(values + (<usize>i << 2));
    const code = <u32>(value > 0xff) + <u32>(value > 0xffff) + <u32>(value > 0xffffff);
    store<u32>(data, value);
    data += code + 1;
    control |= code << ((i & 3) << 1);
    if ((i & 3) == 3) {
      store<u8>(controls++, <u8>control);
      control = 0;
    }
  }
  if ((count & 3) != 0) store<u8>(controls, <u8>control);
  return data;
}

/**
 * Decodes `count` words to `to`, which has room for that rounded up to 4. Returns the address after their data: it may
 * be beyond what there is, up to 4 bytes a value, and all of that must be readable, and 16 bytes more.
 */
export function streamVByteDecode(tables: usize, controls: usize, data: usize, to: usize, count: u32): usize {
  const whole = controls + (count >> 2);
  while (controls < whole) {
    const control: usize = load<u8>(controls++);
    v128.store(to, i8x16.swizzle(v128.load(data), v128.load(tables + (control << 4))));
    data += load<u8>(tables + control, LENGTHS);
    to += 16;
  }
  for (let i: u32 = 0; i < (count & 3); i++) {
    const code = (<u32>load<u8>(controls) >> (i << 1)) & 3;
    store<u32>(to + (i << 2), load<u32>(data) & (<u32>-1 >> (24 - (code << 3))));
    data += code + 1;
  }
  return data;
}
