// The state of one RESP engine: a keyspace, the buffers commands are read from and replies are written to, counters.
// The TypeScript side reads and writes these fields by their offset (bindings/kernels/protocols/resp.ts repeats them).

import { Table } from '../../structures/hash-table/layout';

@unmanaged
export class Engine {
  /*  0 */ table: Table;
  /*  4 */ /** (u32 address, u32 length) of each argument of the command at hand. */
  args: u32;
  /*  8 */ argsCapacity: u32;
  /* 12 */ argc: u32;
  /* 16 */ /** Reply buffer. */
  out: u32;
  /* 20 */ outCapacity: u32;
  /* 24 */ outLength: u32;
  /* 28 */ /** (u32 address, u32 length) of each text of texts.ts. */
  texts: u32;
  /* 32 */ /** Mode of the connection being served: MODE_* bits. */
  mode: u32;
  /* 36 */ /** Bytes of input that were executed by the last call. */
  consumed: u32;
  /* 40 */ /** Lower bound of the bytes a partial command needs in all, counted from its first byte. */
  needed: u32;
  /* 44 */ /** 0, or the byte count above which commands that may grow the keyspace are refused or make it evict. */
  maxMemory: u32;
  /* 48 */ policy: u32;
  /* 52 */ /** Bytes of the arena that hold input and output, which the budget does not count. */
  ioBytes: u32;
  /* 56 */ /** Milliseconds since the epoch, as of this call. */
  now: i64;
  /* 64 */ random: u64;
  /* 72 */ commands: f64;
  /* 80 */ hits: f64;
  /* 88 */ misses: f64;
  /* 96 */ expired: f64;
  /* 104 */ evicted: f64;
  /* 112 */ /** Name of the last command, sixteen upper-cased bytes. */
  name0: u64;
  /* 120 */ name1: u64;
  /* 128 */ /** Where the active expiry cycle goes on. */
  expireCursor: u32;
  /* 132 */ /** Address of the text that follows a fallback's key, and other small results for the TypeScript side. */
  result: u32;
  /* 136 */ resultLength: u32;
  /* 140 */ /** Seconds, as written to entries that are touched. */
  clock: u32;
  /* 144 */ /** Of a partial request: offset of the first argument that is not whole yet, or 0. The caller gives it back with the rest. */
  partialAt: u32;
  /* 148 */ /** Arguments that were still missing there. */
  partialLeft: u32;
  /* 152 */ /** Records of the requests that were looked at before their turn: see lookahead.ts. */
  ahead: u32;
  /* 156 */ /** The record of the request at hand. */
  aheadAt: u32;
  /* 160 */ /** What looking saw: written so that no compiler leaves the looking out. */
  seen: u32;
  /* 164 */ /** Entries whose value is a structure of its own: see objects.ts. */
  objects: u32;
  /* 168 */ /** Working space of the commands on sorted sets: see commands/sorted-sets/values.ts. */
  work: u32;
  /* 172 */ /** Whether somebody waits for sorted sets to appear. */
  watch: u32;
  /* 176 */ /** The entry of a sorted set that the last command brought about, if anybody watches; else 0. */
  ready: u32;
  /* 180 */ /** Keys looked at for one that goes: see eviction.ts, as for the rest. */
  samples: u32;
  /* 184 */ lfuLogFactor: u32;
  /* 188 */ /** Minutes after which a counter is one less; 0 for never. */
  lfuDecayMinutes: u32;
  /* 192 */ ticks: u32;
  /* 196 */ ghosts: u32;
  /* 200 */ ghostMask: u32;
}

/** Replies use RESP3 forms. */
export const MODE_RESP3: u32 = 1;
/** Parse only: every command goes to the TypeScript side (a connection that must authenticate first). */
export const MODE_ALL_FALLBACK: u32 = 2;

export const POLICY_NO_EVICTION: u32 = 0;
export const POLICY_ALLKEYS_RANDOM: u32 = 1;
export const POLICY_VOLATILE_RANDOM: u32 = 2;
export const POLICY_VOLATILE_TTL: u32 = 3;
export const POLICY_ALLKEYS_LRU: u32 = 4;
export const POLICY_VOLATILE_LRU: u32 = 5;
/** From here on the access word of an entry counts uses. */
export const POLICY_ALLKEYS_LFU: u32 = 6;
export const POLICY_VOLATILE_LFU: u32 = 7;
export const POLICY_ALLKEYS_S3_FIFO: u32 = 8;

// How a command ended.
export const HANDLED: i32 = 0;
/** Not a matter of this kernel: the TypeScript side answers it. */
export const FALLBACK: i32 = 1;
/** Nothing was done: the reply buffer must be emptied first. */
export const RETRY: i32 = 2;

// @ts-ignore: decorator
@inline
export function argAt(engine: Engine, index: u32): usize {
  return load<u32>(<usize>engine.args + (<usize>index << 3));
}

// @ts-ignore: decorator
@inline
export function argLength(engine: Engine, index: u32): u32 {
  return load<u32>(<usize>engine.args + (<usize>index << 3), 4);
}

/** xorshift64* (Vigna 2016): which key to evict or return at random. */
export function nextRandom(engine: Engine): u32 {
  let x = engine.random;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  engine.random = x;
  return <u32>((x * 0x2545f4914f6cdd1d) >> 32);
}
