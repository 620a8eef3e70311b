/** What slows a program down: profiled while a function runs, and folded stacks drawn as a flame graph. */

import { flameGraph, hotFunctions, parseFolded, profile } from 'ashlar/observability/profiler';

let sink = 0;
function spinWheels(): void {
  for (let i = 0; i < 2e8; i++) sink = Math.imul(sink + i, 31);
}

const report = await profile(spinWheels, { heap: false, io: false });
const { cpu, bottlenecks, advice } = report;
const hottest = cpu?.top(20).find(({ frame }) => !frame.functionName.startsWith('('));
console.log('hottest:', hottest?.frame.functionName);
console.log('bottlenecks:', new Set(bottlenecks.map(({ kind }) => kind)).has('hot-function'), advice.length > 0);
console.log('flame graph:', cpu?.flameGraph().startsWith('<svg'));

// Stacks of any profiler that folds them.
const stacks = parseFolded(`main;parse;read 30
main;parse 50
main;render 20
`);
for (const { label, self, total } of hotFunctions(stacks)) console.log(label, self, total);
const svg = flameGraph(stacks, { title: 'A request', format: (ms) => `${ms} ms` });
console.log(
  svg
    .match(/<title>[^<]*<\/title>/g)
    ?.slice(1)
    .join('\n'),
);

// Prints:
// hottest: spinWheels
// bottlenecks: true true
// flame graph: true
// parse 50 80
// read 30 30
// render 20 20
// main 0 100
// <title>all, 100 ms, 100.0 %</title>
// <title>main, 100 ms, 100.0 %</title>
// <title>parse, 80 ms, 80.0 %</title>
// <title>read, 30 ms, 30.0 %</title>
// <title>render, 20 ms, 20.0 %</title>
