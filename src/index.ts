/**
 * The front door: arenas, their errors, loading, and the blocks most people start with. Each room has a door of its
 * own, `ashlar/<shelf>/<room>`.
 */
export {
  Arena,
  ArenaFullError,
  type ArenaOptions,
  AshlarError,
  DisposedError,
  NameError,
  type RestoreOptions,
  type SharedArena,
  SharedArenaError,
  SnapshotError,
} from '../bindings/index.js';
export {
  Crc32c,
  crc32c,
  Djb2,
  djb2,
  Fnv1a32,
  Fnv1a64,
  fnv1a32,
  fnv1a64,
  type HashInput,
  type HashOptions,
  Murmur3x64_128,
  Murmur3x86_32,
  murmur3x64_128,
  murmur3x86_32,
  type Seed64,
  SipHash13,
  sipHash13,
  Xxh32,
  Xxh64,
  xxh32,
  xxh64,
} from './codecs/hash/index.js';
export { init, initSync, type KernelModules, type KernelSources } from './init.js';
export {
  type Bytes,
  F64Map,
  HashTable,
  type HashTableOptions,
  type HashTableStats,
  type NumberMapOptions,
  type NumberMapStats,
  type Probing,
  type TableHash,
  U32Map,
} from './structures/hash-table/index.js';
