// Which function answers which command on sorted sets; all of their names begin with a Z.

import { Engine, FALLBACK } from '../../engine';
import { add, cardinality, incrementBy, rank, remove, score, scores } from './add';
import { CARDINALITY, combine, DIFFERENCE, INTERSECTION, UNION } from './algebra';
import { pop, popFirst, randomMember, scan } from './pops';
import { BY_LEX, BY_OPTION, BY_RANK, BY_SCORE, countRange, range, rangeStore, removeRange } from './ranges';

const ZADD: u64 = 0x4444415a;
const ZCARD: u64 = 0x445241435a;
const ZCOUNT: u64 = 0x544e554f435a;
const ZDIFF: u64 = 0x464649445a;
const ZDIFFSTORE: u64 = 0x4f5453464649445a;
const ZDIFFSTORE_REST: u64 = 0x4552;
const ZINCRBY: u64 = 0x594252434e495a;
const ZINTER: u64 = 0x5245544e495a;
const ZINTERCARD: u64 = 0x41435245544e495a;
const ZINTERCARD_REST: u64 = 0x4452;
const ZINTERSTORE: u64 = 0x54535245544e495a;
const ZINTERSTORE_REST: u64 = 0x45524f;
const ZLEXCOUNT: u64 = 0x4e554f4358454c5a;
const ZLEXCOUNT_REST: u64 = 0x54;
const ZMPOP: u64 = 0x504f504d5a;
const ZMSCORE: u64 = 0x45524f43534d5a;
const ZPOPMAX: u64 = 0x58414d504f505a;
const ZPOPMIN: u64 = 0x4e494d504f505a;
const ZRANDMEMBER: u64 = 0x4d454d444e41525a;
const ZRANDMEMBER_REST: u64 = 0x524542;
const ZRANGE: u64 = 0x45474e41525a;
const ZRANGEBYLEX: u64 = 0x594245474e41525a;
const ZRANGEBYLEX_REST: u64 = 0x58454c;
const ZRANGEBYSCORE: u64 = 0x594245474e41525a;
const ZRANGEBYSCORE_REST: u64 = 0x45524f4353;
const ZRANGESTORE: u64 = 0x545345474e41525a;
const ZRANGESTORE_REST: u64 = 0x45524f;
const ZRANK: u64 = 0x4b4e41525a;
const ZREM: u64 = 0x4d45525a;
const ZREMRANGEBYLEX: u64 = 0x474e41524d45525a;
const ZREMRANGEBYLEX_REST: u64 = 0x58454c594245;
const ZREMRANGEBYRANK: u64 = 0x474e41524d45525a;
const ZREMRANGEBYRANK_REST: u64 = 0x4b4e4152594245;
const ZREMRANGEBYSCORE: u64 = 0x474e41524d45525a;
const ZREMRANGEBYSCORE_REST: u64 = 0x45524f4353594245;
const ZREVRANGE: u64 = 0x474e41525645525a;
const ZREVRANGE_REST: u64 = 0x45;
const ZREVRANGEBYLEX: u64 = 0x474e41525645525a;
const ZREVRANGEBYLEX_REST: u64 = 0x58454c594245;
const ZREVRANGEBYSCORE: u64 = 0x474e41525645525a;
const ZREVRANGEBYSCORE_REST: u64 = 0x45524f4353594245;
const ZREVRANK: u64 = 0x4b4e41525645525a;
const ZSCAN: u64 = 0x4e4143535a;
const ZSCORE: u64 = 0x45524f43535a;
const ZUNION: u64 = 0x4e4f494e555a;
const ZUNIONSTORE: u64 = 0x54534e4f494e555a;
const ZUNIONSTORE_REST: u64 = 0x45524f;
export function dispatchSortedSet(engine: Engine, name: u64, rest: u64, argc: u32): i32 {
  return rest ? dispatchLong(engine, name, rest, argc) : dispatchShort(engine, name, argc);
}

function dispatchShort(engine: Engine, name: u64, argc: u32): i32 {
  if (name == ZADD) return argc >= 4 ? add(engine) : FALLBACK;
  if (name == ZSCORE) return argc == 3 ? score(engine) : FALLBACK;
  if (name == ZRANGE) return argc >= 4 ? range(engine, BY_OPTION, false) : FALLBACK;
  if (name == ZINCRBY) return argc == 4 ? incrementBy(engine) : FALLBACK;
  if (name == ZRANK) return argc == 3 ? rank(engine, false) : FALLBACK;
  if (name == ZREVRANK) return argc == 3 ? rank(engine, true) : FALLBACK;
  if (name == ZREM) return argc >= 3 ? remove(engine) : FALLBACK;
  if (name == ZCARD) return argc == 2 ? cardinality(engine) : FALLBACK;
  if (name == ZCOUNT) return argc == 4 ? countRange(engine, BY_SCORE) : FALLBACK;
  if (name == ZMSCORE) return argc >= 3 ? scores(engine) : FALLBACK;
  if (name == ZPOPMIN) return argc >= 2 ? pop(engine, false) : FALLBACK;
  if (name == ZPOPMAX) return argc >= 2 ? pop(engine, true) : FALLBACK;
  if (name == ZMPOP) return argc >= 4 ? popFirst(engine) : FALLBACK;
  if (name == ZSCAN) return argc >= 3 ? scan(engine) : FALLBACK;
  if (name == ZUNION) return argc >= 3 ? combine(engine, UNION, 0) : FALLBACK;
  if (name == ZINTER) return argc >= 3 ? combine(engine, INTERSECTION, 0) : FALLBACK;
  if (name == ZDIFF) return argc >= 3 ? combine(engine, DIFFERENCE, 0) : FALLBACK;
  return FALLBACK;
}

function dispatchLong(engine: Engine, name: u64, rest: u64, argc: u32): i32 {
  if (name == ZREVRANGE && rest == ZREVRANGE_REST) return argc >= 4 ? range(engine, BY_RANK, true) : FALLBACK;
  if (name == ZRANGEBYSCORE) {
    if (rest == ZRANGEBYSCORE_REST) return argc >= 4 ? range(engine, BY_SCORE, false) : FALLBACK;
    if (rest == ZRANGEBYLEX_REST) return argc >= 4 ? range(engine, BY_LEX, false) : FALLBACK;
  }
  if (name == ZREVRANGEBYSCORE) {
    if (rest == ZREVRANGEBYSCORE_REST) return argc >= 4 ? range(engine, BY_SCORE, true) : FALLBACK;
    if (rest == ZREVRANGEBYLEX_REST) return argc >= 4 ? range(engine, BY_LEX, true) : FALLBACK;
  }
  if (name == ZREMRANGEBYSCORE) {
    if (rest == ZREMRANGEBYSCORE_REST) return argc == 4 ? removeRange(engine, BY_SCORE) : FALLBACK;
    if (rest == ZREMRANGEBYRANK_REST) return argc == 4 ? removeRange(engine, BY_RANK) : FALLBACK;
    if (rest == ZREMRANGEBYLEX_REST) return argc == 4 ? removeRange(engine, BY_LEX) : FALLBACK;
  }
  if (name == ZRANGESTORE && rest == ZRANGESTORE_REST) return argc >= 5 ? rangeStore(engine) : FALLBACK;
  if (name == ZLEXCOUNT && rest == ZLEXCOUNT_REST) return argc == 4 ? countRange(engine, BY_LEX) : FALLBACK;
  if (name == ZRANDMEMBER && rest == ZRANDMEMBER_REST) return argc >= 2 ? randomMember(engine) : FALLBACK;
  if (name == ZINTERCARD && rest == ZINTERCARD_REST) return argc >= 3 ? combine(engine, CARDINALITY, 0) : FALLBACK;
  if (name == ZUNIONSTORE && rest == ZUNIONSTORE_REST) return argc >= 4 ? combine(engine, UNION, 1) : FALLBACK;
  if (name == ZINTERSTORE && rest == ZINTERSTORE_REST) return argc >= 4 ? combine(engine, INTERSECTION, 1) : FALLBACK;
  if (name == ZDIFFSTORE && rest == ZDIFFSTORE_REST) return argc >= 4 ? combine(engine, DIFFERENCE, 1) : FALLBACK;
  return FALLBACK;
}
