/** Run-length encoding in careful plain TypeScript. */

export interface Runs<Values> {
  readonly ends: Uint32Array;
  readonly values: Values;
}

export function encode(values: Uint32Array): Runs<Uint32Array> {
  const ends = new Uint32Array(values.length);
  const heads = new Uint32Array(values.length);
  let runs = 0;
  let before = values[0] as number;
  for (let i = 1; i < values.length; i++) {
    const value = values[i] as number;
    if (value === before) continue;
    ends[runs] = i;
    heads[runs++] = before;
    before = value;
  }
  ends[runs] = values.length;
  heads[runs++] = before;
  return { ends: ends.slice(0, runs), values: heads.slice(0, runs) };
}

/** Runs that are longer than this are left to `fill`. */
const LOOP_LENGTH = 32;

export function decodeInto<Values extends Uint32Array | Float64Array>(out: Values, runs: Runs<Values>): Values {
  let at = 0;
  for (let run = 0; run < runs.ends.length; run++) {
    const end = runs.ends[run] as number;
    const value = runs.values[run] as number;
    if (end - at > LOOP_LENGTH) out.fill(value, at, end);
    else for (let i = at; i < end; i++) out[i] = value;
    at = end;
  }
  return out;
}
