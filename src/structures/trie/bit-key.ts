/** Bits as the bytes of a key: for longest-prefix matches that do not end at whole bytes, as those of IP routing do. */

/**
 * The first bits of some bytes, the highest of each byte first, as a key of one byte, 0 or 1, for each. A `RadixTrie` of such keys
 * is a binary one: paths without a fork are one label.
 *
 * @param bits how many; default all
 * @throws RangeError when there are not so many
 */
export function bitKey(bytes: Uint8Array, bits: number = 8 * bytes.length): Uint8Array<ArrayBuffer> {
  if (!(Number.isInteger(bits) && bits >= 0 && bits <= 8 * bytes.length)) {
    throw new RangeError(`bits must be an integer from 0 to ${8 * bytes.length}, got ${bits}`);
  }
  const key = new Uint8Array(bits);
  for (let i = 0; i < bits; i++) key[i] = ((bytes[i >> 3] as number) >> (7 - (i & 7))) & 1;
  return key;
}
