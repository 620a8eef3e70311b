// The table's hash: any of the hash functions, folded to 32 well-spread bits.

import { djb2 } from '../../hash/djb2';
import { fnv1a32 } from '../../hash/fnv1a';
import { murmur3x86_32 } from '../../hash/murmur3';
import { siphash13 } from '../../hash/siphash';
import { xxh64 } from '../../hash/xxh64';
import { DJB2, FNV1A, MURMUR3, SIPHASH, Table, XXH64 } from './layout';

const FNV1A_BASIS: u32 = 0x811c9dc5;
const DJB2_START: u32 = 5381;

/** Directory and segments use the leading bits, which weak functions leave unspread: 2^64 ÷ golden ratio spreads them. */
// @ts-ignore: decorator
@inline
function spread(hash: u32): u32 {
  return <u32>((<u64>hash * 0x9e3779b97f4a7c15) >> 32);
}

export function hashKey(table: Table, key: usize, bytes: u32): u32 {
  const kind = table.hashKind;
  if (kind == SIPHASH) return <u32>(siphash13(key, bytes, table.seed0, table.seed1) >> 32);
  if (kind == XXH64) return <u32>(xxh64(key, bytes, table.seed0) >> 32);
  if (kind == MURMUR3) return spread(murmur3x86_32(key, bytes, <u32>table.seed0));
  if (kind == FNV1A) return spread(fnv1a32(key, bytes, FNV1A_BASIS ^ <u32>table.seed0));
  if (kind == DJB2) return spread(djb2(key, bytes, DJB2_START ^ <u32>table.seed0));
  return 0;
}
