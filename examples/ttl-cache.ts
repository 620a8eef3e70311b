/** Sessions that end when they were not used for a while. Time is the example's, so that it does not last. */

import { TTLCache } from 'ashlar/cache';

let now = 0;
const clock = { now: () => now, monotonic: () => now };

const sessions = new TTLCache<string, { name: string }>({
  ttl: 30_000,
  updateAgeOnGet: true,
  max: 3,
  clock,
  dispose: (session, id, reason) => console.log('ended:', id, session.name, reason),
});

sessions.set('s1', { name: 'Ada' });
sessions.set('s2', { name: 'Grace' });
now = 20_000;
sessions.get('s1');
console.log(sessions.getRemainingTTL('s1'), sessions.getRemainingTTL('s2'));

now = 35_000;
sessions.purgeStale();
sessions.set('short', { name: 'Guest' }, { ttl: 1000 });
console.log([...sessions.keys()]);

// Full: what would end soonest goes.
sessions.set('s3', { name: 'Edsger' });
sessions.set('s4', { name: 'Barbara' });
sessions[Symbol.dispose]();

// Prints:
// 30000 10000
// ended: s2 Grace stale
// [ 'short', 's1' ]
// ended: short Guest evict
// ended: s1 Ada delete
// ended: s3 Edsger delete
// ended: s4 Barbara delete
