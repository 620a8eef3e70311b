// The first bytes of every arena: what is where, and nothing else.
//
//   address   size  meaning
//   ───────   ────  ──────────────────────────────────────────────────────────────
//         0      8  zero; address 0 stays unused so that it can mean "nothing"
//         8      8  magic "ASHLARv1"
//        16     16  hash seed (two u64), random unless fixed by the creator
//        32      4  limit: the byte budget; the heap never ends above it
//        36      4  heapEnd: address of the closing sentinel's header, plus four
//        40      4  usedBytes: this header, the sentinel and every allocated block
//        44      4  blockCount: allocated blocks
//        48      4  peakUsedBytes
//        52      4  directory: first entry of the list of named structures, or 0
//        56      4  scratch: address of the bridge's staging block, or 0
//        60      4  scratchBytes
//        64     16  result: two u64 cells through which kernels return wide values
//        80      4  first-level bitmap of the allocator
//        84     25 × 4  second-level bitmaps
//       184     12  zero
//       196     25 × 32 × 4  heads of the free lists
//      3396      4  crc32cTables: address of the tables of hash/crc32c.ts, or 0
//      3400      4  table of participants, of a shared arena; see sync/lock.ts
//      3404      4  who changes the allocator or the directory, of a shared arena
//      3408      4  1 once somebody died within the allocator
//      3412      4  how often that was begun
//      3416      4  1 while the allocator's lists change, of a shared arena
//      3420    360  zero; room for what later versions keep once an arena
//      3780     (heap begins at 3780 = 4 mod 8, so that payloads are 8-aligned)
//
// Nothing below is repeated elsewhere: every kernel imports these names.

/** Magic number at MAGIC, "ASHLARv1" read as a little-endian u64. */
export const MAGIC_VALUE: u64 = 0x3176_5241_4c48_5341;

export const MAGIC: usize = 8;
export const SEED: usize = 16;
export const LIMIT: usize = 32;
export const HEAP_END: usize = 36;
export const USED_BYTES: usize = 40;
export const BLOCK_COUNT: usize = 44;
export const PEAK_USED_BYTES: usize = 48;
export const DIRECTORY: usize = 52;
export const SCRATCH: usize = 56;
export const SCRATCH_BYTES: usize = 60;
export const RESULT: usize = 64;

export const FL_BITMAP: usize = 80;
export const SL_BITMAPS: usize = 84;
/** Sizes below 2^32 need no more: 256 bytes and up are first levels 1 to 24. */
export const FL_COUNT: u32 = 25;
export const SL_BITS: u32 = 5;
export const SL_COUNT: u32 = 32;
export const HEADS: usize = 196;
export const CRC32C_TABLES: usize = 3396;
export const CHANGING: usize = 3416;

/** Address of the first block's header. Debug builds leave a mebibyte for the assertion texts of all kernels. */
export const HEAP_START: usize = ASC_NO_ASSERT ? 3780 : 1048580;
