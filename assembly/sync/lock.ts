// Who may touch a segment, where the memory is shared: one writer, or any number of readers.
//
// A reader says in its own participant's slot which segment it reads, then looks whether a writer is there: if so it
// takes the word back and waits. A writer makes the segment's word odd, then waits until no participant says that it
// reads here. Both use sequentially consistent operations, so one of the two sees the other (E. Dijkstra's argument for
// two flags); in between, plain loads and stores do. Readers write nothing that another reader reads: they do not slow
// each other down.
//
// Segment, from its address:
//
//     offset  size  meaning
//          0     4  twice the number of times it was written, and 1 while it is
//          4     4  address of the writer's participant
//          8     4  times it was found left half-written, which its owner counts
//         12     4  how many wait for the writer
//
// Participant, 64 bytes, a cache line of its own:
//
//     offset  size  meaning
//          0     4  0 free, 1 taking part, 2 gone
//          4     4  address of the segment it reads, or 0
//          8     4  1 when it may wait, 0 on a browser's main thread, where nobody may
//         12     4  address of the table
//         16    12  how many have had this slot, its staging block and its bytes: see bindings/participants.ts
//         28    36  zero
//
// The table of participants has a head of 64 bytes: their number.
//
// A participant that was killed while it read or wrote is noticed: by its slot that says it is gone, or because nothing
// moved in LEASE_WAITS waits of a millisecond. What a dead writer leaves may be half-written: who takes it over empties it
// or mends it before anything else.

export const STATE: usize = 0;
export const READING: usize = 4;
export const MAY_WAIT: usize = 8;
const TABLE: usize = 12;
export const PARTICIPANT_BYTES: usize = 64;

const WORD: usize = 0;
const WRITER: usize = 4;
export const RECOVERED: usize = 8;
const WAITING: usize = 12;

const GONE: u32 = 2;
const SPINS: u32 = 2000;
const WAIT_NS: i64 = 1_000_000;
const LEASE_WAITS: u32 = 1000;

export const REFUSED: u32 = 0;
export const TAKEN: u32 = 1;
/** Taken from a writer that is no more: the segment may be half-written. */
export const TAKEN_OVER: u32 = 2;

/** Takes a segment for writing. REFUSED only to a participant that must not wait. */
export function takeForWriting(segment: usize, me: usize): u32 {
  if (!ASC_FEATURE_THREADS) return TAKEN;
  let result = TAKEN;
  let spins: u32 = 0;
  let waits: u32 = 0;
  let seen: u32 = 0;
  while (true) {
    const word = atomic.load<u32>(segment, WORD);
    if (!(word & 1)) {
      if (atomic.cmpxchg<u32>(segment, word, word + 1, WORD) == word) break;
      continue;
    }
    if (word != seen) {
      seen = word;
      waits = 0;
    }
    if (++spins < SPINS) continue;
    if (!load<u32>(me, MAY_WAIT)) return REFUSED;
    const writer: usize = atomic.load<u32>(segment, WRITER);
    if (waits >= LEASE_WAITS || (writer && atomic.load<u32>(writer, STATE) == GONE)) {
      // Odd stays odd: whoever else found the writer dead sees another word.
      if (atomic.cmpxchg<u32>(segment, word, word + 2, WORD) == word) {
        result = TAKEN_OVER;
        break;
      }
      continue;
    }
    waitFor(segment, word);
    waits++;
  }
  atomic.store<u32>(segment, <u32>me, WRITER);
  if (awaitReaders(segment, me)) return result;
  giveBack(segment);
  return REFUSED;
}

export function giveBack(segment: usize): void {
  if (!ASC_FEATURE_THREADS) return;
  atomic.store<u32>(segment, 0, WRITER);
  atomic.store<u32>(segment, load<u32>(segment, WORD) + 1, WORD);
  if (atomic.load<u32>(segment, WAITING)) atomic.notify(segment + WORD, -1);
}

/** Begins to read a segment; false only to a participant that must not wait, or when a writer must be taken over from. */
export function beginReading(segment: usize, me: usize): bool {
  if (!ASC_FEATURE_THREADS) return true;
  let spins: u32 = 0;
  let waits: u32 = 0;
  while (true) {
    atomic.store<u32>(me, <u32>segment, READING);
    const word = atomic.load<u32>(segment, WORD);
    if (!(word & 1)) return true;
    atomic.store<u32>(me, 0, READING);
    if (++spins < SPINS) continue;
    if (!load<u32>(me, MAY_WAIT)) return false;
    const writer: usize = atomic.load<u32>(segment, WRITER);
    if (waits++ >= LEASE_WAITS || (writer && atomic.load<u32>(writer, STATE) == GONE)) return false;
    waitFor(segment, word);
  }
}

// @ts-ignore: decorator
@inline
export function endReading(me: usize): void {
  if (ASC_FEATURE_THREADS) atomic.store<u32>(me, 0, READING);
}

/** Sleeps until the word changes, a millisecond at most. */
function waitFor(segment: usize, word: u32): void {
  if (!ASC_FEATURE_THREADS) return;
  atomic.add<u32>(segment, 1, WAITING);
  atomic.wait<i32>(segment + WORD, <i32>word, WAIT_NS);
  atomic.sub<u32>(segment, 1, WAITING);
}

/** Until nobody reads the segment that is taken already; one who is no more reads nothing. False to who must not wait. */
function awaitReaders(segment: usize, me: usize): bool {
  if (!ASC_FEATURE_THREADS) return true;
  const table: usize = load<u32>(me, TABLE);
  const count = atomic.load<u32>(table);
  for (let i: u32 = 0; i < count; i++) {
    const other = table + PARTICIPANT_BYTES * (1 + <usize>i);
    if (other == me) continue;
    let spins: u32 = 0;
    let waits: u32 = 0;
    while (<usize>atomic.load<u32>(other, READING) == segment) {
      if (++spins < SPINS) continue;
      if (!load<u32>(me, MAY_WAIT)) return false;
      if (waits++ >= LEASE_WAITS || atomic.load<u32>(other, STATE) == GONE) {
        atomic.cmpxchg<u32>(other, <u32>segment, 0, READING);
        break;
      }
      atomic.wait<i32>(other + READING, <i32>segment, WAIT_NS);
    }
  }
  return true;
}

/** How often the segments were found half-written, all together: `count` of them, `step` bytes apart. */
export function timesRecovered(first: usize, count: u32, step: usize): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < count; i++) sum += load<u32>(first + <usize>i * step, RECOVERED);
  return sum;
}
