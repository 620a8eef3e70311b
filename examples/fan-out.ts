/** Work spread over many at once: pages fetched four at a time, words counted, replicas asked, sources merged. */

import { fanIn, fanOut, mapReduce, Pipeline, scatterGather } from 'ashlar/concurrency/fan-out';

const fetchPage = async (page: number) => {
  if (page === 3) throw new Error('not found');
  return `page ${page}`;
};
const pages = fanOut([1, 2, 3, 4], fetchPage, {
  concurrency: 4,
  failures: 'ignore',
  onFailure: (error, page) => console.log(`${page}: ${(error as Error).message}`),
});
for await (const page of pages) console.log(page);

const counts = await mapReduce(['to be or', 'not to be'], {
  map: (line) => line.split(' ').map((word) => [word, 1] as const),
  reduce: (sum: number, one) => sum + one,
  initial: () => 0,
});
console.log(Object.fromEntries(counts));

const replicas = ['a', 'b', 'c'];
const { answers, missing } = await scatterGather(
  replicas,
  (name, { signal }) =>
    name === 'b' ? new Promise<string>((_, reject) => signal.addEventListener('abort', reject)) : `${name} says 7`,
  { quorum: 2, deadlineMs: 1000 },
);
console.log(answers.map(({ value }) => value).join(', '), 'missing', missing);

console.log(
  await Pipeline.from(
    fanIn(
      [
        [1, 4, 9],
        [2, 3, 10],
      ],
      { order: 'sorted' },
    ),
  )
    .batch(4)
    .toArray(),
);

// Prints:
// 3: not found
// page 1
// page 2
// page 4
// { to: 2, be: 2, or: 1, not: 1 }
// a says 7, c says 7 missing [ 1 ]
// [ [ 1, 2, 3, 4 ], [ 9, 10 ] ]
