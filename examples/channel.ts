/** Two workers share one channel; a select with a default; the last values only; and a stream. */

import { Channel, ChannelPool, receiveFrom, select, trySelect } from 'ashlar/concurrency/channel';

const jobs = Channel.bounded<number>(2);
const squares = Channel.unbounded<number>();
const worker = async () => {
  for await (const job of jobs) await squares.send(job * job);
};
const workers = Promise.all([worker(), worker()]);
for (let job = 1; job <= 5; job++) await jobs.send(job);
jobs.close();
await workers;
squares.close();
const results: number[] = [];
for await (const square of squares) results.push(square);
console.log(results.sort((a, b) => a - b).join(' '));

const [news, stop] = [Channel.rendezvous<string>(), Channel.rendezvous<never>()];
console.log(trySelect([receiveFrom(news), receiveFrom(stop)]) ?? 'nothing yet');
const selected = select([receiveFrom(news), receiveFrom(stop)]);
stop.close();
const { index, done } = await selected;
console.log('case', index, 'done', done);

const last = Channel.sliding<number>(3);
for (let i = 0; i < 10; i++) await last.send(i);
console.log(last.tryReceiveMany(), 'dropped', last.stats().dropped);

const letters = Channel.from(['a', 'b', 'c']);
const upper = new TransformStream<string, string>({ transform: (text, out) => out.enqueue(text.toUpperCase()) });
for await (const letter of Channel.from(letters.toReadable().pipeThrough(upper))) console.log(letter);

const pool = new ChannelPool({ create: () => Channel.bounded<string>(1), max: 2 });
await pool.use((channel) => channel.send('hello'));
console.log(pool.stats().idle, 'idle');

// Prints:
// 1 4 9 16 25
// nothing yet
// case 1 done true
// [ 7, 8, 9 ] dropped 7
// A
// B
// C
// 1 idle
