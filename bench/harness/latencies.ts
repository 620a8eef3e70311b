/** What recorders of latencies are compared by: the same values, into each by a loop of its own. */

import { generator } from './random.js';
import { type Contender, ownCopy } from './suite.js';

/** How many values a run records. */
export const LATENCIES = 10_000;

/** In microseconds: most about a millisecond, a long tail, below `highest`. */
function latencies(highest: number): Float64Array {
  const random = generator(7);
  return Float64Array.from(
    { length: LATENCIES },
    () => Math.floor(1000 * Math.exp(-2 * Math.log(1 - random()))) % highest,
  );
}

function recordEach(record: (value: number) => void, values: Float64Array): number {
  for (let i = 0; i < values.length; i++) record(values[i] as number);
  return values.length;
}

/** A contender for each way to record values below `highest`. */
export function latencyRecorder(highest: number) {
  return (name: string, kind: Contender['kind'], make: () => (micros: number) => void): Contender => ({
    name,
    kind,
    prepare: () => {
      const record = make();
      const values = latencies(highest);
      const loop = ownCopy(recordEach);
      return { run: () => loop(record, values) };
    },
  });
}
