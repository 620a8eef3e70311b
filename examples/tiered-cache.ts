/** Two processes, played by two caches, that share a tier and a bus. */

import { ByteCache } from 'ashlar/cache/byte-cache';
import { MemoryBus } from 'ashlar/cache/patterns';
import { byteTier, TieredCache } from 'ashlar/cache/tiered';

// In earnest: `redisTier({ client })` and `new RedisBus(client)`, with a client of ioredis or redis.
const far = byteTier({ cache: new ByteCache({ maxBytes: 1 << 20 }), name: 'far' });
const bus = new MemoryBus();
let loads = 0;
const open = () =>
  new TieredCache<{ id: string; name: string }>({
    memory: { max: 1000, ttl: 10_000 },
    tiers: [far],
    ttl: 60_000,
    grace: 3_600_000,
    softTimeoutMs: 200,
    bus,
    load: async (key) => {
      loads++;
      return { id: key, name: `user ${key}` };
    },
  });
await using here = open();
await using there = open();

// One load for all who ask, here and there: the second finds it in the tier they share.
await Promise.all([here.get('7'), here.get('7'), here.get('7')]);
console.log(await there.get('7'), loads);

// What one sets, the other forgets.
await here.set('7', { id: '7', name: 'Ada' });
await new Promise((resolve) => setTimeout(resolve, 10));
console.log(there.peek('7'), (await there.get('7'))?.name);

// Tags and namespaces: invalid at once, however many entries there are.
const teams = here.namespace('teams');
await teams.set('red', { id: 'red', name: 'Red' }, { tags: ['2026'] });
await teams.set('blue', { id: 'blue', name: 'Blue' });
await here.invalidateTags(['2026']);
console.log(teams.peek('red'), teams.peek('blue')?.name);
await teams.clear();
console.log(teams.peek('blue'));

const { memory, tiers } = there.stats();
console.log(memory.hits, memory.misses, tiers[0]?.name, tiers[0]?.hits, tiers[0]?.misses);

// Prints:
// { id: '7', name: 'user 7' } 1
// undefined Ada
// undefined Blue
// undefined
// 0 2 far 2 0
