/** LZ4 blocks in plain TypeScript: the same search, on typed arrays. */

const table = /* @__PURE__ */ new Int32Array(1 << 14);

export function compress(input: Uint8Array): Uint8Array {
  const out = new Uint8Array(input.length + Math.floor(input.length / 255) + 16);
  const end = input.length;
  const word = (i: number): number =>
    (input[i] as number) |
    ((input[i + 1] as number) << 8) |
    ((input[i + 2] as number) << 16) |
    ((input[i + 3] as number) << 24);
  table.fill(0);
  let anchor = 0;
  let to = 0;
  const put = (literals: number, offset: number, match: number): void => {
    out[to++] = (Math.min(literals, 15) << 4) | Math.min(match, 15);
    const length = (rest: number): void => {
      if (rest < 15) return;
      for (rest -= 15; rest >= 255; rest -= 255) out[to++] = 255;
      out[to++] = rest;
    };
    length(literals);
    for (let i = 0; i < literals; i++) out[to++] = input[anchor + i] as number;
    if (offset === 0) return;
    out[to++] = offset & 255;
    out[to++] = offset >> 8;
    length(match);
  };
  let tries = 64;
  for (let at = 1; at <= end - 12; ) {
    const here = word(at);
    const cell = Math.imul(here, 2654435761) >>> 18;
    let from = table[cell] as number;
    table[cell] = at;
    if (at - from > 65535 || word(from) !== here) {
      at += tries++ >> 6;
      continue;
    }
    tries = 64;
    while (at > anchor && from > 0 && input[at - 1] === input[from - 1]) {
      at--;
      from--;
    }
    let match = 4;
    while (at + match < end - 5 && input[at + match] === input[from + match]) match++;
    put(at - anchor, at - from, match - 4);
    at += match;
    anchor = at;
  }
  put(end - anchor, 0, 0);
  return out.slice(0, to);
}

export function decompress(block: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  let to = 0;
  for (let at = 0; at < block.length; ) {
    const token = block[at++] as number;
    let literals = token >> 4;
    if (literals === 15) {
      let byte: number;
      do {
        byte = block[at++] as number;
        literals += byte;
      } while (byte === 255);
    }
    for (; literals > 0; literals--) out[to++] = block[at++] as number;
    if (at >= block.length) break;
    const offset = (block[at] as number) | ((block[at + 1] as number) << 8);
    at += 2;
    let match = token & 15;
    if (match === 15) {
      let byte: number;
      do {
        byte = block[at++] as number;
        match += byte;
      } while (byte === 255);
    }
    for (match += 4; match > 0; match--, to++) out[to] = out[to - offset] as number;
  }
  return out;
}
