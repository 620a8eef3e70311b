/** A filter that forgets: sessions come and go, and what is gone is no longer found. */

import { CuckooFilter, CuckooFilterFullError } from 'ashlar/sketches/cuckoo-filter';

const online = CuckooFilter.create(10_000, 0.01);
online.add('ada').add('grace');
console.log(online.has('ada'), online.has('edsger'), online.addIfAbsent('ada'));
console.log(online.delete('ada'), online.has('ada'), online.size);

// Batches of numbers, up to what the filter was sized for: 95 % of its slots are in use.
online.addMany(Uint32Array.from({ length: 9_998 }, (_, i) => i));
console.log(online.hasMany(Uint32Array.of(1, 2, 3)).join(' '), online.stats().load > 0.94);

// A batch that does not fit is refused whole.
try {
  online.addMany(Uint32Array.from({ length: 5_000 }, (_, i) => 20_000 + i));
} catch (error) {
  console.log(error instanceof CuckooFilterFullError, online.size);
}

// Where the number of keys is not known: another table each time the last is full.
const growing = CuckooFilter.create(100, 0.001, { expansion: 2 });
growing.addMany(Uint32Array.from({ length: 5_000 }, (_, i) => i));
console.log(growing.size, growing.stats().tables);

// Prints:
// true false false
// true false 1
// 1 1 1 true
// true 9999
// 5000 6
