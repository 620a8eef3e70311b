// More from one hash: other bits of it, and numbers below a bound.

/** Any odd number with no pattern. */
const REMIX: u64 = 0xd6e8feb86659fd93;

/** Other bits from the same hash. */
// @ts-ignore: decorator
@inline
export function remix(hash: u64): u64 {
  hash = (hash ^ (hash >> 32)) * REMIX;
  return hash ^ (hash >> 32);
}

/** A number below `bound` from the upper half of `hash` (D. Lemire, "Fast random integer generation in an interval"). */
// @ts-ignore: decorator
@inline
export function below(hash: u64, bound: u32): u32 {
  return <u32>(((hash >> 32) * <u64>bound) >> 32);
}
