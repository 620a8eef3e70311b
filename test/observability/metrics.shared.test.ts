import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import { MetricsRegistry } from '../../src/observability/metrics/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { runWorker, workerFile } from '../support/worker.js';

const WORKER = `
  import { parentPort, workerData } from 'node:worker_threads';
  import { Arena } from './bindings/index.ts';
  import { MetricsRegistry } from './src/observability/metrics/index.ts';
  import { seededRandom } from './test/support/random.ts';
  const arena = Arena.attach(workerData.shared);
  const metrics = MetricsRegistry.open(arena, 'metrics');
  const counter = metrics.counter({ name: 'jobs', help: 'Jobs.', labels: ['kind'] });
  const histogram = metrics.histogram({ name: 'took', help: '', buckets: [1, 2] });
  const exponential = metrics.exponentialHistogram({ name: 'wide', help: '', maxBuckets: 8 });
  const random = seededRandom(workerData.seed);
`;

const workers: Worker[] = [];
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

function start<T>(body: string, shared: unknown, seed = 1) {
  const started = runWorker<T>(workerFile(WORKER + body), { shared, seed });
  workers.push(started.worker);
  return started;
}

function sharedRegistry() {
  const arena = new Arena({ shared: true, maxBytes: 4 << 20 });
  return { arena, metrics: new MetricsRegistry({ arena, name: 'metrics' }) };
}

const JOBS = { name: 'jobs', help: 'Jobs.', labels: ['kind'] } as const;

describe('a registry in a shared arena', () => {
  it('adds up what all threads counted, while they count', async () => {
    const { arena, metrics } = sharedRegistry();
    const body = `
      for (let i = 0; i < 50_000; i++) {
        counter.inc({ kind: i % 3 });
        histogram.observe(i % 3);
        exponential.observe(2 ** (random.next() * 30));
      }
      parentPort.postMessage(arena.participant.number);
    `;
    const started = [1, 2, 3].map((seed) => start<number>(body, arena.share(), seed));
    const counter = metrics.counter(JOBS);
    for (let i = 0; i < 1000; i++) counter.inc({ kind: 0 });
    let last = 0;
    const answers = Promise.all(started.map(({ answer }) => answer));
    let done = false;
    void answers.then(() => {
      done = true;
    });
    while (!done) {
      const total = totalOf(await metrics.text({ names: ['jobs'] }), 'jobs_total');
      expect(total).toBeGreaterThanOrEqual(last);
      last = total;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const text = await metrics.text();
    expect(text).toContain(`jobs_total{kind="0"} ${3 * 16_667 + 1000}\n`);
    expect(text).toContain(`jobs_total{kind="2"} ${3 * 16_666}\n`);
    expect(text).toContain('took_count 150000\n');
    expect(text).toContain('took_sum 149997\n');
    expect(text).toContain('wide_count 150000\n');
    expect(metrics.stats()).toMatchObject({ conflicts: 0, overflowed: 0 });
  });

  it('keeps what a killed thread counted, and not what it measured of itself; who follows goes on', async () => {
    const { arena, metrics } = sharedRegistry();
    const body = `
      const gauge = metrics.gauge({ name: 'busy', help: '', labels: ['who'] });
      gauge.labels({ who: 'worker' }).set(5);
      counter.inc({ kind: 'a' }, 10);
      parentPort.postMessage(arena.participant.number);
      for (;;) histogram.observe(1);
    `;
    const gauge = metrics.gauge({ name: 'busy', help: '', labels: ['who'] });
    gauge.set({ who: 'main' }, 1);
    for (let round = 1; round <= 3; round++) {
      const { worker, answer } = start<number>(body, arena.share());
      const number = await answer;
      expect(await metrics.text({ names: ['busy'] })).toContain('busy{who="worker"} 5');
      await worker.terminate();
      arena.bury(number);
      const text = await metrics.text();
      expect(text).toContain(`jobs_total{kind="a"} ${10 * round}\n`);
      expect(text).toContain('busy{who="main"} 1');
      expect(text).not.toContain('busy{who="worker"}');
      expect(totalOf(text, 'took_count')).toBe(totalOf(await metrics.text(), 'took_count'));
    }
    const used = arena.bytesUsed;
    const { worker, answer } = start<number>(body, arena.share());
    const number = await answer;
    await worker.terminate();
    arena.bury(number);
    // The ledger of the one before is gone on with: nothing is allocated but its staging block.
    expect(arena.bytesUsed).toBeLessThanOrEqual(used + 8192);
    expect(await metrics.text()).toContain('jobs_total{kind="a"} 40\n');
  });

  it('loses nothing of an exponential histogram, wherever its thread is killed', async () => {
    const { arena, metrics } = sharedRegistry();
    const body = `
      parentPort.postMessage(arena.participant.number);
      for (let i = 0; ; i++) {
        counter.inc({ kind: 'before' });
        // Wider and wider, and then anew: the scale changes again and again.
        metrics.exponentialHistogram({ name: 'w' + ((i >> 6) % 8), help: '', maxBuckets: 4 }).observe(1.5 ** (i % 64));
        counter.inc({ kind: 'after' });
      }
    `;
    const random = seededRandom(testSeed('killed amid a change of scale'));
    for (let round = 0; round < 8; round++) {
      const { worker, answer } = start<number>(body, arena.share());
      const number = await answer;
      await new Promise((resolve) => setTimeout(resolve, 5 + random.below(30)));
      await worker.terminate();
      arena.bury(number);
      const text = await metrics.text();
      const observed = text.split('\n').filter((line) => /^w\d+_count/.test(line));
      const count = observed.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);
      const [before, after] = ['before', 'after'].map((kind) => totalOf(text, `jobs_total{kind="${kind}"}`));
      expect(count).toBeLessThanOrEqual(before as number);
      // Each thread was killed at most once between the observation and what counts it.
      expect(count).toBeGreaterThanOrEqual(after as number);
      expect((before as number) - (after as number)).toBeLessThanOrEqual(round + 1);
    }
  });

  it('shows metrics that only other threads have, and none that mean something else here', async () => {
    const { arena, metrics } = sharedRegistry();
    metrics.gauge({ name: 'jobs', help: 'Something else.' }).set(1);
    const { answer, worker } = start<string>(
      `counter.inc({ kind: 'a' }); metrics.counter({ name: 'own', help: '', labels: ['x'] }).inc({ x: 'é' }, 3);
       parentPort.postMessage('ready'); setInterval(() => {}, 1000);`,
      arena.share(),
    );
    await answer;
    const text = await metrics.text();
    expect(text).toContain('own_total{x="é"} 3\n');
    expect(text).toContain('jobs 1\n');
    expect(text).not.toContain('jobs_total');
    expect(metrics.stats().conflicts).toBe(1);
    // Asked for here, it is the same metric.
    const own = metrics.counter({ name: 'own', help: '', labels: ['x'] });
    own.inc({ x: 'é' });
    expect(own.value({ x: 'é' })).toBe(4);
    await worker.terminate();
  });

  it('bounds the entries of removed series, since others may be reading them', () => {
    const { arena, metrics } = sharedRegistry();
    const gauge = metrics.gauge({ name: 'g', help: '', labels: ['id'], maxSeries: 10 });
    const used = arena.bytesUsed;
    for (let i = 0; i < 1000; i++) {
      gauge.set({ id: i }, 1);
      gauge.remove({ id: i });
    }
    expect(arena.bytesUsed).toBeLessThan(used + 10_000);
    expect(metrics.stats().overflowed).toBe(990);
    gauge.set({ id: 3 }, 1);
    expect(gauge.value({ id: 3 })).toBe(1);
  });

  it('merges exponential histograms of any scales as if one thread had observed everything', async () => {
    const { arena, metrics } = sharedRegistry();
    const exponential = { name: 'wide', help: '', maxBuckets: 8 };
    const { answer } = start<string>(
      `for (let i = 0; i < 500; i++) exponential.observe(2 ** (random.next() * 40 - 20)); parentPort.postMessage('done');`,
      arena.share(),
      7,
    );
    await answer;
    const here = metrics.exponentialHistogram(exponential);
    const alone = new MetricsRegistry({ arena: new Arena() }).exponentialHistogram(exponential);
    const random = seededRandom(7);
    for (let i = 0; i < 500; i++) alone.observe(2 ** (random.next() * 40 - 20));
    for (const value of [1, 1.1, -3, 0]) {
      here.observe(value);
      alone.observe(value);
    }
    await metrics.text();
    expect(here.point(here.with())).toEqual(alone.point(alone.with()));
  });
});

function totalOf(text: string, name: string): number {
  const lines = text.split('\n').filter((line) => line.startsWith(name));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').pop()), 0);
}
