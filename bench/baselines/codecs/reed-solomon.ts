/** Reed–Solomon parity in plain TypeScript: one row of a 64 KiB product table for each coefficient. */

const products = /* @__PURE__ */ makeProducts();

function makeProducts(): Uint8Array[] {
  return Array.from({ length: 256 }, (_, a) =>
    Uint8Array.from({ length: 256 }, (_, b) => {
      let sum = 0;
      for (let bit = 0, x = a; bit < 8; bit++, x = (x << 1) ^ (x & 128 ? 0x11d : 0)) if ((b >> bit) & 1) sum ^= x;
      return sum;
    }),
  );
}

/** parity[j] = sum of rows[j][i] × data[i]. */
export function encode(rows: readonly Uint8Array[], data: readonly Uint8Array[], parity: readonly Uint8Array[]): void {
  for (let j = 0; j < parity.length; j++) {
    const out = parity[j] as Uint8Array;
    for (let i = 0; i < data.length; i++) {
      const table = products[(rows[j] as Uint8Array)[i] as number] as Uint8Array;
      const input = data[i] as Uint8Array;
      if (i === 0) for (let b = 0; b < out.length; b++) out[b] = table[input[b] as number] as number;
      else for (let b = 0; b < out.length; b++) out[b] = (out[b] as number) ^ (table[input[b] as number] as number);
    }
  }
}
