/** Dictionary encoding in plain TypeScript: a `Map` and an array of codes. */

export interface Column<Value> {
  readonly entries: Value[];
  readonly codes: Uint16Array;
}

export function encode<Value>(values: ArrayLike<Value>): Column<Value> {
  const known = new Map<Value, number>();
  const codes = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as Value;
    let code = known.get(value);
    if (code === undefined) {
      code = known.size;
      known.set(value, code);
    }
    codes[i] = code;
  }
  return { entries: [...known.keys()], codes };
}

export function decode<Value>({ entries, codes }: Column<Value>): Value[] {
  const out: Value[] = new Array(codes.length);
  for (let i = 0; i < codes.length; i++) out[i] = entries[codes[i] as number] as Value;
  return out;
}

export function decodeNumbers({ entries, codes }: Column<number>): Uint32Array {
  const out = new Uint32Array(codes.length);
  for (let i = 0; i < codes.length; i++) out[i] = entries[codes[i] as number] as number;
  return out;
}
