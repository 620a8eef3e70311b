/** Where the arena's own words stand in its memory; assembly/memory/arena/layout.ts draws them. */

export const PAGE_BYTES = 65_536;
/** The most that a 32-bit linear memory can hold. */
export const MAX_BYTES = 65_535 * PAGE_BYTES;
/** Bytes of the header. */
export const HEADER_BYTES = 3776;
export const ARENA_MAGIC_LOW = 0x4c485341;
export const ARENA_MAGIC_HIGH = 0x31765241;

// Indices of u32 words.
export const SEED_WORDS = 16 >> 2;
export const LIMIT = 32 >> 2;
export const HEAP_END = 36 >> 2;
export const USED_BYTES = 40 >> 2;
export const BLOCK_COUNT = 44 >> 2;
export const PEAK_USED_BYTES = 48 >> 2;
export const DIRECTORY = 52 >> 2;
export const SCRATCH = 56 >> 2;
export const SCRATCH_BYTES = 60 >> 2;
export const RESULT = 64 >> 2;
export const PARTICIPANTS = 3400 >> 2;

/** The smallest block, and the header that closes the heap; see assembly/memory/arena/allocator.ts. */
export const MIN_BLOCK_BYTES = 16;
export const SENTINEL_BYTES = 4;
/** While a snapshot is copied in, its checksum's state stands in the header, which is copied last. */
export const CHECKSUM_STATE = 128;
