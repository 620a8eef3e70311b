/** An ordered map asked by key, by index and by range, and a leaderboard. */

import { SkipList, SortedSet } from 'ashlar/structures/skip-list';

// Numbers to numbers: readings by time.
const readings = new SkipList({ seed: 1 });
for (let minute = 0; minute < 60; minute++) readings.set(minute * 60_000, 20 + (minute % 7));
console.log(readings.size, readings.get(120_000), readings.rankOf(120_000), readings.at(-1));
console.log([...readings.range(0, 300_000, { reverse: true, limit: 2 })]);
console.log(readings.floor(61_000), readings.deleteRange(0, 1_800_000), readings.first());

// Bytes to bytes, ordered byte by byte; a string stands for its UTF-8 bytes.
const words = new SkipList({ keys: 'bytes', values: 'bytes' });
words.setMany(['stone', 'ashlar', 'mortar'], ['raw', 'cut', 'none']);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
console.log([...words.keys()].map(text).join(' '), text(words.get('ashlar') as Uint8Array));
console.log(text(SkipList.fromBytes<'bytes'>(words.toBytes()).ceiling('b')?.[0] as Uint8Array));

// Members with scores, in the order of Redis.
const board = new SortedSet();
board.addMany(['ada', 'grace', 'edsger'], [300, 120, 120]);
board.increment('grace', 200);
board.add('ada', 250, { gt: true });
console.log([...board.stringEntries()].map(([name, score]) => `${name} ${score}`).join(', '));
console.log(board.rankOf('ada', { reverse: true }), board.countByScore(200), board.score('nobody'));
const total = SortedSet.union([board, board], { weights: [1, 0.5] });
console.log(total.score('grace'), total.deleteRangeByScore(0, 400), total.size);

// Prints:
// 60 22 2 [ 3540000, 23 ]
// [ [ 240000, 24 ], [ 180000, 23 ] ]
// [ 60000, 21 ] 30 [ 1800000, 22 ]
// ashlar mortar stone cut
// mortar
// edsger 120, ada 300, grace 320
// 1 2 undefined
// 480 1 2
