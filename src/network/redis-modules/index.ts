/** Commands of Redis's Bloom module for `RedisServer`: filters and sketches; and of redis-cell: a rate limiter. */

import type { RedisModule } from '../resp/commands/table.js';
import { bloomModule } from './bloom.js';
import { cellModule } from './cell.js';
import { countMinModule } from './count-min.js';
import { cuckooModule } from './cuckoo.js';
import { tDigestModule } from './t-digest.js';
import { topKModule } from './top-k.js';

export { bloomModule, cellModule, countMinModule, cuckooModule, tDigestModule, topKModule };

/** All of them. */
export const redisModules: readonly RedisModule[] = [
  bloomModule,
  cuckooModule,
  countMinModule,
  topKModule,
  tDigestModule,
  cellModule,
];
