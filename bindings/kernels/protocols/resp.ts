/** Binding of kernel `protocols/resp`: exports, the offsets of the engine's fields, and the texts it answers with. */

import { wasm } from '../../generated/protocols/resp.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface RespKernel {
  create(seedLow: number, seedHigh: number): number;
  execute(engine: number, from: number, bytes: number, mode: number, nowMs: number, resume: number): number;
  allocIo(engine: number, bytes: number): number;
  freeIo(engine: number, block: number): void;
  swapOut(engine: number): number;
  trimOut(engine: number): void;
  growOut(engine: number, bytes: number): number;
  clear(engine: number): void;
  size(engine: number): number;
  volatileCount(engine: number): number;
  bytesOfData(engine: number): number;
  hasBudget(engine: number): number;
  entryOf(engine: number, argument: number): number;
  entryValue(entry: number): number;
  entryValueBytes(entry: number): number;
  entryType(entry: number): number;
  entryCost(entry: number): number;
  entryAccess(entry: number): number;
  /** Under a policy that counts uses. */
  entryFrequency(handle: number, entry: number): number;
  entryEncoding(entry: number): number;
  entryKey(entry: number): number;
  entryKeyBytes(entry: number): number;
  /** −2 another type, −1 no such key; else answered: 0, or 2 when the reply buffer must be sent first. */
  popSortedSet(engine: number, argument: number, greatest: number, wanted: number, nested: number): number;
  askAgain(engine: number, key: number, keyBytes: number, mode: number, nowMs: number): void;
  entryStructure(entry: number): number;
  entryDetail(entry: number): number;
  touchEntry(engine: number, entry: number): void;
  /** 0 when the budget is full. What the key held is freed. */
  storeModule(engine: number, argument: number, structure: number, detail: number): number;
  storeText(engine: number, argument: number, value: number, valueBytes: number): number;
  check(engine: number): number;
  expireStep(engine: number, nowMs: number): number;
}

export const respKernel = defineKernel<RespKernel>('protocols/resp', wasm);

/** What `execute` ended with. */
export const Status = { done: 0, fallback: 1, flush: 2, flushAndResume: 3, broken: 4, serve: 5 } as const;

/** What `execute` begins with: the input, the request it ended with last time, or nothing but that request. */
export const Resume = { no: 0, yes: 1, only: 2 } as const;

/** Bits of a connection's mode. */
export const Mode = { resp3: 1, allFallback: 2 } as const;

/** Eviction policies, at the kernel's numbers. */
export const POLICIES = [
  'noeviction',
  'allkeys-random',
  'volatile-random',
  'volatile-ttl',
  'allkeys-lru',
  'volatile-lru',
  'allkeys-lfu',
  'volatile-lfu',
  'allkeys-s3fifo',
] as const;

/** Policies under which an entry's access word counts uses, and is no moment. */
export const COUNTING_POLICIES: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'allkeys-lfu',
  'volatile-lfu',
  'allkeys-s3fifo',
]);

/** Encodings of a value, at the kernel's numbers. */
export const ENCODINGS = ['int', 'embstr', 'raw', 'listpack', 'skiplist'] as const;

/** Types of a value, at the kernel's numbers. */
export const ValueType = { string: 0, sortedSet: 3, module: 5 } as const;

/** Types of the modules, in the low byte of such an entry's detail. */
export const ModuleType = { bloom: 0, cuckoo: 1, countMin: 2, topK: 3, tDigest: 4 } as const;

// Byte offsets in the engine; see assembly/protocols/resp/engine.ts.
export const Field = {
  args: 4,
  argc: 12,
  out: 16,
  outCapacity: 20,
  outLength: 24,
  texts: 28,
  consumed: 36,
  needed: 40,
  maxMemory: 44,
  policy: 48,
  ioBytes: 52,
  commands: 72,
  hits: 80,
  misses: 88,
  expired: 96,
  evicted: 104,
  name: 112,
  partialAt: 144,
  partialLeft: 148,
  watch: 172,
  ready: 176,
  samples: 180,
  lfuLogFactor: 184,
  lfuDecayMinutes: 188,
} as const;

/** Bytes past an input that the kernel may read. */
export const INPUT_SLACK = 32;

const OOM = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";

/** In the order of assembly/protocols/resp/texts.ts. */
export const TEXTS: readonly string[] = [
  '-ERR syntax error\r\n',
  '-ERR value is not an integer or out of range\r\n',
  '-ERR increment or decrement would overflow\r\n',
  '-ERR decrement would overflow\r\n',
  '-ERR no such key\r\n',
  '-ERR offset is out of range\r\n',
  '-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n',
  OOM,
  '-ERR NX and XX, GT or LT options at the same time are not compatible\r\n',
  '-ERR GT and LT options at the same time are not compatible\r\n',
  '-ERR invalid cursor\r\n',
  '-ERR DB index is out of range\r\n',
  '-ERR source and destination objects are the same\r\n',
  "-ERR invalid expire time in '",
  '-ERR Unsupported option ',
  "' command\r\n",
  '-ERR Protocol error: invalid multibulk length\r\n',
  '-ERR Protocol error: invalid bulk length\r\n',
  '-ERR Protocol error: too big mbulk count string\r\n',
  '-ERR Protocol error: too big bulk count string\r\n',
  '-ERR Protocol error: too big inline request\r\n',
  '-ERR Protocol error: unbalanced quotes in request\r\n',
  "-ERR Protocol error: expected '$', got '",
  '-ERR Protocol error: unauthenticated multibulk length\r\n',
  '-ERR Protocol error: unauthenticated bulk length\r\n',
  "-ERR reply or request does not fit the server's memory\r\n",
  '+string\r\n',
  '+none\r\n',
  "'\r\n",
  '\r\n',
  '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n',
  '+zset\r\n',
  '-ERR value is not a valid float\r\n',
  '-ERR min or max is not a float\r\n',
  '-ERR min or max not valid string range item\r\n',
  '-ERR XX and NX options at the same time are not compatible\r\n',
  '-ERR GT, LT, and/or NX options at the same time are not compatible\r\n',
  '-ERR INCR option supports a single increment-element pair\r\n',
  '-ERR resulting score is not a number (NaN)\r\n',
  '-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX\r\n',
  '-ERR syntax error, WITHSCORES not supported in combination with BYLEX\r\n',
  '-ERR value is out of range, must be positive\r\n',
  "-ERR at least 1 input key is needed for '",
  '-ERR weight value is not a float\r\n',
  "-ERR LIMIT can't be negative\r\n",
  '-ERR numkeys should be greater than 0\r\n',
  '-ERR count should be greater than 0\r\n',
  '-ERR value is out of range\r\n',
  '-ERR bit offset is not an integer or out of range\r\n',
  '-ERR bit is not an integer or out of range\r\n',
  '-ERR The bit argument must be 1 or 0.\r\n',
  '-ERR BITOP NOT must be called with a single source key.\r\n',
  '-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.\r\n',
  '-ERR Invalid OVERFLOW type specified\r\n',
  '-ERR BITFIELD_RO only supports the GET subcommand\r\n',
  '-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n',
  '-INVALIDOBJ Corrupted HLL object detected\r\n',
  '+MBbloom--\r\n',
  '+MBbloomCF\r\n',
  '+CMSk-TYPE\r\n',
  '+TopK-TYPE\r\n',
  '+TDIS-TYPE\r\n',
  '-ERR not supported for this module key\r\n',
];
