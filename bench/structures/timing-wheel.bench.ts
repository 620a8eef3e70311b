/** Deadlines that are set and mostly put off, and deadlines that are all met. */

import FlatQueue from 'flatqueue';
import { Arena } from '../../bindings/index.js';
import { systemTimer } from '../../src/ports/timer.js';
import { TimingWheel, WheelTimer } from '../../src/structures/timing-wheel/index.js';
import { TimingWheelTwin } from '../baselines/structures/timing-wheel.js';
import { generator } from '../harness/random.js';
import { defineSuite } from '../harness/suite.js';

const LONG_MS = 3_600_000;

export const suite = defineSuite('structures/timing-wheel', (bench) => {
  for (const size of bench.smoke ? [1000] : [10_000, 1_000_000]) {
    const random = generator(7);
    const deadlines = Float64Array.from({ length: size }, () => Math.ceil(random() * LONG_MS));
    const ids = Uint32Array.from({ length: size }, (_, i) => i);

    const handles = new Float64Array(size);
    const wheel = new TimingWheel({ arena: new Arena({ seed: 1 }), capacity: size });
    const twin = new TimingWheelTwin();
    bench.compare({
      operation: 'set and cancel',
      size,
      distribution: 'within an hour',
      contenders: [
        {
          name: 'TimingWheel',
          kind: 'ours',
          prepare: () => ({
            run: () => {
              for (let i = 0; i < size; i++) handles[i] = wheel.schedule(i, deadlines[i] as number);
              for (let i = 0; i < size; i++) wheel.cancel(handles[i] as number);
              return wheel.size;
            },
          }),
        },
        {
          name: 'TimingWheel, batches',
          kind: 'ours',
          prepare: () => ({
            run: () => {
              wheel.cancelMany(wheel.scheduleMany(ids, deadlines));
              return wheel.size;
            },
          }),
        },
        {
          name: 'typed arrays',
          kind: 'twin',
          prepare: () => ({
            run: () => {
              for (let i = 0; i < size; i++) handles[i] = twin.schedule(i, deadlines[i] as number);
              for (let i = 0; i < size; i++) twin.cancel(handles[i] as number);
              return twin.size;
            },
          }),
        },
      ],
    });

    bench.compare({
      operation: 'set and meet, a second at a time',
      size,
      distribution: 'within an hour',
      contenders: [
        {
          name: 'TimingWheel',
          kind: 'ours',
          prepare: () => ({
            run: () => {
              using fresh = new TimingWheel({ arena: wheel.arena, capacity: size });
              let sum = 0;
              for (let i = 0; i < size; i++) fresh.schedule(i, deadlines[i] as number);
              for (let now = 1000; now <= LONG_MS; now += 1000) for (const id of fresh.advance(now)) sum += id;
              return sum;
            },
          }),
        },
        {
          name: 'typed arrays',
          kind: 'twin',
          prepare: () => ({
            run: () => {
              const fresh = new TimingWheelTwin();
              let sum = 0;
              const due = (id: number): void => {
                sum += id;
              };
              for (let i = 0; i < size; i++) fresh.schedule(i, deadlines[i] as number);
              for (let now = 1000; now <= LONG_MS; now += 1000) fresh.advance(now, due);
              return sum;
            },
          }),
        },
        {
          name: 'flatqueue',
          kind: 'rival',
          prepare: () => ({
            run: () => {
              const queue = new FlatQueue();
              let sum = 0;
              for (let i = 0; i < size; i++) queue.push(i, deadlines[i] as number);
              for (let now = 1000; now <= LONG_MS; now += 1000) {
                while (queue.length > 0 && (queue.peekValue() as number) <= now) sum += queue.pop() as number;
              }
              return sum;
            },
          }),
        },
      ],
    });
  }

  const size = bench.smoke ? 1000 : 100_000;
  for (const [distribution, delayMs] of [
    ['as many durations', (i: number) => LONG_MS + i],
    ['one duration', () => LONG_MS],
  ] as const) {
    const callback = (): void => {};
    const wheelTimer = new WheelTimer({ arena: new Arena({ seed: 1 }) });
    const timers = [
      { name: 'WheelTimer', kind: 'ours', timer: wheelTimer },
      { name: 'setTimeout', kind: 'native', timer: systemTimer },
    ] as const;
    bench.compare({
      operation: 'timeouts set and cancelled',
      size,
      distribution,
      contenders: timers.map(({ name, kind, timer }) => ({
        name,
        kind,
        prepare: () => ({
          run: () => {
            const cancels = Array.from({ length: size }, (_, i) => timer.after(delayMs(i), callback));
            for (const cancel of cancels) cancel();
            return size;
          },
        }),
      })),
    });
  }
});
