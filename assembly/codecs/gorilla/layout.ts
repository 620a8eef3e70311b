// Limits of a block.

/** Samples of a block at most: 4096. */
export const MAX_BLOCK_SAMPLES: u32 = 4096;
/** Bits of the zigzag of a delta of deltas of safe integers, at most: three signed differences of 54 bits. */
export const MAX_WIDTH: u32 = 57;
export const MAX_SAFE: i64 = 9007199254740991;
