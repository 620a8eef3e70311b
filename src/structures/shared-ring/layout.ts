/**
 * Where everything of a shared ring is. One block of the arena, at a multiple of 64; what different threads write stands on
 * cache lines of its own.
 *
 *     offset  size  meaning
 *          0     4  1 many producers, 2 many consumers, 3 both
 *          4     4  most records, u32
 *          8     4  most bytes: a multiple of 4
 *         12     4  bytes of the data: a power of two
 *         16     4  identity of the one producer, or 0
 *         20     4  identity of the one consumer, or 0
 *         64     8  bell that rings when there is more to take, or the ring is closed
 *        128     8  bell that rings when there is more room, or the ring is closed
 *        192     4  tail
 *        200    16  f64 × 2: records pushed so far
 *        216     4  where the head was when a producer looked last
 *        224     8  f64: records shifted by then
 *        232     8  lock of the producers
 *        320     4  head
 *        328    16  f64 × 2: records shifted so far
 *        344     4  where the tail was when a consumer looked last
 *        352     8  lock of the consumers
 *        512        the data
 *
 * Tail and head are positions, modulo 2^32, at which the next record is written and read; they are multiples of 4. Bit 1
 * says which of the two counts beside it holds, so that writing this one word publishes position and count at once: a
 * thread that dies before has done nothing, and afterwards all. Bit 0 of the tail says that the ring is closed.
 *
 * Record: u32 length, bytes, up to a multiple of 4. It goes on at the beginning where the data end.
 */

export const VARIANT = 0;
export const CAPACITY = 4;
export const CAPACITY_BYTES = 8;
export const DATA_BYTES = 12;
export const PRODUCER = 16;
export const CONSUMER = 20;
export const DATA_BELL = 64;
export const ROOM_BELL = 128;
export const TAIL = 192;
export const PUSHED = 200;
export const HEAD_SEEN = 216;
export const SHIFTED_SEEN = 224;
export const PRODUCERS_LOCK = 232;
export const HEAD = 320;
export const SHIFTED = 328;
export const TAIL_SEEN = 344;
export const CONSUMERS_LOCK = 352;
export const DATA = 512;

export const MANY_PRODUCERS = 1;
export const MANY_CONSUMERS = 2;

/** Bits of the tail and the head. */
export const CLOSED = 1;
export const SECOND = 2;
export const POSITION = ~3;

/** Bytes a record takes of the data. */
export function sizeFor(bytes: number): number {
  return (bytes + 7) & ~3;
}
