/** An ordered map asked by key, by index and by range; loaded, scanned and cut. */

import { BTree } from 'ashlar/structures/b-tree';

// Numbers to numbers: prices by time.
const times = Float64Array.from({ length: 100_000 }, (_, i) => 1000 * i);
const prices = new BTree().load(
  times,
  times.map((time) => (time / 1000) % 97),
);
console.log(prices.size, prices.get(5000), prices.rankOf(5000), prices.at(-1));
console.log(prices.floor(5500), prices.higher(5000), prices.count(0, 10_000, { inclusive: true }));
console.log([...prices.range(2000, 5000, { reverse: true })]);

// A scan through typed arrays: the fast way over everything.
const [keys, values] = [new Float64Array(4096), new Float64Array(4096)];
let sum = 0;
for (let from = 0, count = 0; ; from += count) {
  count = prices.scan(from, keys, values);
  if (count === 0) break;
  for (let i = 0; i < count; i++) sum += values[i] as number;
}
console.log(sum, prices.deleteRange(1000, 99_000_000), prices.size);

// Bytes as keys, ordered byte by byte; a string stands for its UTF-8 bytes.
const words = new BTree({ keys: 'bytes', values: 'f64' });
words.set('stone', 3).set('ashlar', 1).set('mortar', 2);
for (const [word, number] of words.range('b')) console.log(new TextDecoder().decode(word), number);
console.log(BTree.fromBytes<'bytes', 'f64'>(words.toBytes()).get('ashlar'));

// Prints:
// 100000 5 5 [ 99999000, 89 ]
// [ 5000, 5 ] [ 6000, 6 ] 11
// [ [ 4000, 4 ], [ 3000, 3 ], [ 2000, 2 ] ]
// 4799685 98999 1001
// mortar 2
// stone 3
// 1
