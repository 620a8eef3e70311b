/** Matrices over GF(2^8): small, rare and therefore here, not in the kernel. Rows are Uint8Arrays. */

export type Matrix = Uint8Array[];

/** Discrete logarithms to base 2 of the field of polynomial 0x11d, and their inverse, doubled to spare a modulo. */
interface Field {
  readonly log: Uint8Array;
  readonly exp: Uint8Array;
}

let field: Field | undefined;

function fieldOf(): Field {
  if (field !== undefined) return field;
  const log = new Uint8Array(256);
  const exp = new Uint8Array(510);
  for (let power = 0, x = 1; power < 255; power++) {
    exp[power] = x;
    exp[power + 255] = x;
    log[x] = power;
    x = (x << 1) ^ (x & 128 ? 0x11d : 0);
  }
  field = { log, exp };
  return field;
}

function times(a: number, b: number): number {
  if (a === 0 || b === 0) return 0;
  const { log, exp } = fieldOf();
  return exp[(log[a] as number) + (log[b] as number)] as number;
}

/** base^exponent; 0^0 is 1. */
function power(base: number, exponent: number): number {
  if (exponent === 0) return 1;
  if (base === 0) return 0;
  const { log, exp } = fieldOf();
  return exp[((log[base] as number) * exponent) % 255] as number;
}

/**
 * The (data + parity) × data matrix whose top is the identity: a Vandermonde matrix, row r being r^0, r^1 …, times the
 * inverse of its top square. Any `data` rows of it are independent. O(data² × (data + parity)).
 */
export function systematicVandermonde(data: number, parity: number): Matrix {
  const vandermonde = Array.from({ length: data + parity }, (_, row) =>
    Uint8Array.from({ length: data }, (_, column) => power(row, column)),
  );
  return multiply(vandermonde, invert(vandermonde.slice(0, data)));
}

export function multiply(a: Matrix, b: Matrix): Matrix {
  const width = (b[0] as Uint8Array).length;
  return a.map((row) => {
    const out = new Uint8Array(width);
    for (let i = 0; i < b.length; i++) addRow(out, b[i] as Uint8Array, row[i] as number);
    return out;
  });
}

/** The inverse of a square matrix, by Gauss–Jordan elimination. The matrices here always have one. */
export function invert(matrix: Matrix): Matrix {
  const size = matrix.length;
  const work: Matrix = matrix.map((row, i) => {
    const wide = new Uint8Array(2 * size);
    wide.set(row);
    wide[size + i] = 1;
    return wide;
  });
  for (let column = 0; column < size; column++) {
    const pivot = work.findIndex((row, i) => i >= column && row[column] !== 0);
    if (pivot < 0) throw new Error('Reed–Solomon: a singular matrix, which cannot be');
    const row = work[pivot] as Uint8Array;
    work[pivot] = work[column] as Uint8Array;
    work[column] = row;
    const inverse = power(row[column] as number, 254);
    for (let i = 0; i < row.length; i++) row[i] = times(row[i] as number, inverse);
    for (const other of work) {
      if (other !== row) addRow(other, row, other[column] as number);
    }
  }
  return work.map((row) => row.slice(size));
}

/** to += factor × from. */
function addRow(to: Uint8Array, from: Uint8Array, factor: number): void {
  if (factor === 0) return;
  for (let i = 0; i < to.length; i++) to[i] = (to[i] as number) ^ times(from[i] as number, factor);
}
