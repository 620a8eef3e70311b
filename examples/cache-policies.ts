/** Pages that are in use, and a scan over many that are not: who keeps what? */

import { POLICY_NAMES, policyFor } from 'ashlar/cache/policies';

for (const name of POLICY_NAMES) {
  const capacity = 100;
  const policy = policyFor<string>(name, { capacity });
  const slots = new Map<string, number>();
  const keys: string[] = [];
  policy.reserve(capacity);

  const request = (key: string): void => {
    const slot = slots.get(key);
    if (slot !== undefined) return policy.access(slot);
    const free = slots.size < capacity ? slots.size : policy.evict(key);
    if (keys[free] !== undefined) slots.delete(keys[free]);
    slots.set(key, free);
    keys[free] = key;
    policy.insert(free, key, 1);
  };

  for (let round = 0; round < 10; round++) {
    for (let page = 0; page < 40; page++) for (let i = 0; i < 3; i++) request(`page ${page}`);
    for (let i = 0; i < 70; i++) request(`seen once ${round} ${i}`);
  }
  for (let i = 0; i < 1000; i++) request(`scanned ${i}`);
  const kept = keys.filter((key) => key.startsWith('page')).length;
  console.log(`${name.padEnd(9)} keeps ${kept} of 40`);
}

// Prints:
// lru       keeps 0 of 40
// lfu       keeps 40 of 40
// clock     keeps 0 of 40
// sieve     keeps 40 of 40
// s3-fifo   keeps 40 of 40
// 2q        keeps 40 of 40
// arc       keeps 40 of 40
// w-tinylfu keeps 40 of 40
