/** Patched frame of reference in careful plain TypeScript: blocks of 128 with a least value, a width, and exceptions. */

export interface Blocks {
  readonly count: number;
  /** Least value, width, first word and first exception of each block. */
  readonly heads: Uint32Array;
  readonly words: Uint32Array;
  /** Index and upper part, in turn. */
  readonly exceptions: number[];
}

export function encode(values: Uint32Array): Blocks {
  const blocks = Math.ceil(values.length / 128);
  const heads = new Uint32Array(4 * (blocks + 1));
  const words = new Uint32Array(values.length + 128);
  const exceptions: number[] = [];
  const counts = new Uint8Array(33);
  let word = 0;
  for (let block = 0; block < blocks; block++) {
    const begin = 128 * block;
    const end = Math.min(begin + 128, values.length);
    let least = values[begin] as number;
    for (let i = begin + 1; i < end; i++) least = Math.min(least, values[i] as number);
    counts.fill(0);
    for (let i = begin; i < end; i++) {
      const bits = 32 - Math.clz32((values[i] as number) - least);
      counts[bits] = (counts[bits] as number) + 1;
    }
    const width = chooseWidth(counts);
    heads[4 * block] = least;
    heads[4 * block + 1] = width;
    heads[4 * block + 2] = word;
    heads[4 * block + 3] = exceptions.length;
    const mask = width === 32 ? -1 : (1 << width) - 1;
    let waiting = 0;
    let used = 0;
    for (let i = begin; i < end; i++) {
      const distance = (values[i] as number) - least;
      const low = distance & mask;
      if (width < 32 && distance >>> width !== 0) exceptions.push(i - begin, distance >>> width);
      waiting |= low << used;
      used += width;
      if (used >= 32) {
        words[word++] = waiting;
        used -= 32;
        waiting = used === 0 ? 0 : low >>> (width - used);
      }
    }
    if (used > 0) words[word++] = waiting;
  }
  heads[4 * blocks + 3] = exceptions.length;
  return { count: values.length, heads, words: words.slice(0, word + 1), exceptions };
}

function chooseWidth(counts: Uint8Array): number {
  let widest = 32;
  while (widest > 0 && counts[widest] === 0) widest--;
  let best = widest;
  let bestBytes = 16 * widest;
  let exceptions = 0;
  for (let width = widest; width > 0; ) {
    exceptions += counts[width--] as number;
    const bytes = 16 * width + exceptions * (1 + ((widest - width + 7) >> 3));
    if (bytes < bestBytes) {
      best = width;
      bestBytes = bytes;
    }
  }
  return best;
}

export function decode({ count, heads, words, exceptions }: Blocks): Uint32Array {
  const out = new Uint32Array(count);
  for (let begin = 0; begin < count; begin += 128) {
    const at = begin >> 5;
    const least = heads[at] as number;
    const width = heads[at + 1] as number;
    const end = Math.min(begin + 128, count);
    const mask = width === 32 ? -1 : (1 << width) - 1;
    let bit = 32 * (heads[at + 2] as number);
    for (let i = begin; i < end; i++, bit += width) {
      const shift = bit & 31;
      let value = (words[bit >>> 5] as number) >>> shift;
      if (shift + width > 32) value |= (words[(bit >>> 5) + 1] as number) << (32 - shift);
      out[i] = least + (value & mask);
    }
    const last = heads[at + 7] as number;
    for (let k = heads[at + 3] as number; k < last; k += 2) {
      const place = begin + (exceptions[k] as number);
      out[place] = (out[place] as number) + ((exceptions[k + 1] as number) << width);
    }
  }
  return out;
}
