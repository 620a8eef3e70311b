/** Items through a bounded number of consumers. */

import fastq from 'fastq';
import PQueue from 'p-queue';
import { ProducerConsumer } from '../../src/concurrency/producer-consumer/index.js';
import { defineSuite } from '../harness/suite.js';

const CONSUMERS = 4;

export const suite = defineSuite('concurrency/producer-consumer', (bench) => {
  for (const size of bench.smoke ? [100] : [100, 10_000]) {
    bench.compare({
      operation: 'produce all at once and consume',
      size,
      distribution: `${CONSUMERS} consumers`,
      contenders: [
        {
          name: 'ProducerConsumer',
          kind: 'ours',
          prepare: () => ({
            run: async () => {
              let sum = 0;
              const queue = new ProducerConsumer<number>(
                async (item) => {
                  sum += item;
                },
                { consumers: CONSUMERS, capacity: size },
              );
              for (let i = 0; i < size; i++) void queue.produce(i);
              await queue.onIdle();
              return sum;
            },
          }),
        },
        {
          name: 'fastq',
          kind: 'rival',
          prepare: () => ({
            run: async () => {
              let sum = 0;
              const queue = fastq.promise<number>(async (item) => {
                sum += item;
              }, CONSUMERS);
              for (let i = 0; i < size; i++) void queue.push(i);
              await queue.drained();
              return sum;
            },
          }),
        },
        {
          name: 'p-queue',
          kind: 'rival',
          prepare: () => ({
            run: async () => {
              let sum = 0;
              const queue = new PQueue({ concurrency: CONSUMERS });
              for (let i = 0; i < size; i++) {
                void queue.add(async () => {
                  sum += i;
                });
              }
              await queue.onIdle();
              return sum;
            },
          }),
        },
      ],
    });
  }
});
