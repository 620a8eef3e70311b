// Linear hashing (W. Litwin, 1980): tables that have one bucket more for each entry more.

/** The bucket of a hash among so many. */
// @ts-ignore: decorator
@inline
export function bucketOf(hash: u32, buckets: u32): u32 {
  const mask: u32 = ~(<u32>0) >> clz(buckets - 1);
  const bucket = hash & mask;
  return bucket < buckets ? bucket : bucket & (mask >> 1);
}
