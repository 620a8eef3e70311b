/** As a Map tells keys apart: NaN is itself, and zero has no sign. */
export function sameKey(a: unknown, b: unknown): boolean {
  return a === b || Object.is(a, b);
}
