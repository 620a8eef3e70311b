/**
 * What each rate limiter lets through, simulated: requests come at random, those that are let through wait for a dependency that
 * does one after the other. Time is the simulation's, chance is seeded.
 */

import type { Clock } from '../src/ports/clock.js';
import { seededRandom } from '../src/ports/random.js';
import {
  FixedWindow,
  Gcra,
  LeakyBucket,
  SlidingWindowCounter,
  SlidingWindowLog,
  TokenBucket,
} from '../src/resilience/rate-limiter/index.js';

/** Units in ten seconds, for each of the limiters. */
const LIMIT = 100;
const WINDOW_MS = 10_000;
/** Units at once that GCRA lets through. */
const BURST = 20;
const LENGTH_S = 90;
/** What the dependency does in its usual state, a second. */
const SERVICE_RATE = 15;

interface Load {
  readonly name: string;
  readonly title: string;
  /** Requests a second. */
  readonly demand: (second: number) => number;
  /** What the dependency does a second. */
  readonly service: (second: number) => number;
}

const between = (second: number, from: number, to: number): boolean => second >= from && second < to;

const LOADS: readonly Load[] = [
  {
    name: 'step',
    title: 'Step: 5 requests a second, from 30 to 60 s 30 of them',
    demand: (second) => (between(second, 30, 60) ? 30 : 5),
    service: () => SERVICE_RATE,
  },
  {
    name: 'spike',
    title: 'Spike: 8 requests a second, at 30 s two seconds of 100',
    demand: (second) => (between(second, 30, 32) ? 100 : 8),
    service: () => SERVICE_RATE,
  },
  {
    name: 'slow',
    title: 'Slow dependency: 12 requests a second; from 30 to 60 s it does 5 a second instead of 15',
    demand: () => 12,
    service: (second) => (between(second, 30, 60) ? 5 : SERVICE_RATE),
  },
];

interface Limits {
  tryConsume(key: string): boolean;
}

const LIMITERS: readonly { name: string; color: string; make: (clock: Clock) => Limits }[] = [
  {
    name: 'TokenBucket',
    color: '#b35900',
    make: (clock) => new TokenBucket({ capacity: LIMIT, refill: LIMIT, intervalMs: WINDOW_MS, clock }),
  },
  {
    name: 'LeakyBucket, queue',
    color: '#7b1fa2',
    make: (clock) => new LeakyBucket({ capacity: LIMIT, leak: LIMIT, intervalMs: WINDOW_MS, as: 'queue', clock }),
  },
  {
    name: 'FixedWindow',
    color: '#c62828',
    make: (clock) => new FixedWindow({ limit: LIMIT, windowMs: WINDOW_MS, clock }),
  },
  {
    name: 'SlidingWindowLog',
    color: '#1f6fb2',
    make: (clock) => new SlidingWindowLog({ limit: LIMIT, windowMs: WINDOW_MS, clock }),
  },
  {
    name: 'SlidingWindowCounter',
    color: '#00838f',
    make: (clock) => new SlidingWindowCounter({ limit: LIMIT, windowMs: WINDOW_MS, clock }),
  },
  {
    name: 'Gcra',
    color: '#2e7d32',
    make: (clock) => new Gcra({ limit: LIMIT, periodMs: WINDOW_MS, burst: BURST, clock }),
  },
  { name: 'none', color: '#999999', make: () => ({ tryConsume: () => true }) },
];

interface Run {
  /** Let through in each second. */
  readonly admitted: number[];
  readonly moments: number[];
  /** Of those let through between 30 and 60 s, how long the dependency took, in order. */
  readonly latencies: number[];
  readonly offered: number;
  readonly refused: number;
}

/** One limiter under one load. */
function simulate(load: Load, make: (clock: Clock) => Limits): Run {
  const random = seededRandom(20_26);
  let nowMs = 0;
  const limiter = make({ now: () => nowMs, monotonic: () => nowMs });
  const admitted = new Array<number>(LENGTH_S).fill(0);
  const moments: number[] = [];
  const latencies: number[] = [];
  let freeMs = 0;
  let offered = 0;
  let refused = 0;
  while (true) {
    nowMs += (-Math.log(1 - random.float()) * 1000) / load.demand(nowMs / 1000);
    const second = Math.floor(nowMs / 1000);
    if (second >= LENGTH_S) break;
    const watched = between(second, 30, 60);
    if (watched) offered++;
    if (!limiter.tryConsume('all')) {
      if (watched) refused++;
      continue;
    }
    admitted[second] = (admitted[second] ?? 0) + 1;
    moments.push(nowMs);
    freeMs = Math.max(freeMs, nowMs) + 1000 / load.service(Math.max(freeMs, nowMs) / 1000);
    if (watched) latencies.push(freeMs - nowMs);
  }
  return { admitted, moments, latencies: latencies.sort((a, b) => a - b), offered, refused };
}

/** The files of the report, by name. */
export function report(): Record<string, string> {
  const files: Record<string, string> = {};
  const sections: string[] = [];
  for (const load of LOADS) {
    const runs = LIMITERS.map((limiter) => ({ ...limiter, run: simulate(load, limiter.make) }));
    const drawing = `rate-limits-${load.name}.svg`;
    files[drawing] = draw(load, runs);
    sections.push(
      `## ${load.title}\n\n![requests let through over time](${drawing})\n`,
      '| | let through a second, 20–30 s | 30–40 s | 40–60 s | most in 1 s | most in 10 s | refused, 30–60 s | p50, 30–60 s | p99, 30–60 s |',
      '|---|---|---|---|---|---|---|---|---|',
      ...runs.map(({ name, run }) => row(name, run)),
      '',
    );
  }
  files['rate-limits.md'] = `${PREFACE}\n${sections.join('\n')}`;
  return files;
}

const PREFACE = `# Rate limiters, simulated

What the limiters of [\`ashlar/resilience/rate-limiter\`](../../src/resilience/rate-limiter/README.md) let through. Requests come at
random (Poisson), for one key; those let through wait for a dependency that does one after the other, ${SERVICE_RATE} a second in its usual
state. Each limiter is set to ${LIMIT} in ${WINDOW_MS / 1000} s: the token bucket holds ${LIMIT}, GCRA lets ${BURST} through at once, the leaky bucket is a
queue that nobody waits in (as a meter it is the token bucket). The last two columns are of the dependency, for those let through.
\`node bench/simulate.mjs rate-limits\` repeats it to the byte.

What can be seen: a bucket and the windows let a whole limit through at once, which the dependency then works off; GCRA with a small
burst and the queue keep their pace, and refuse more of what comes unevenly. A fixed window lets up to two limits through in ten
seconds, the counter stays near the log at a hundredth of its memory. And no rate limit helps where the dependency gets slow:
that is what [adaptive limits](adaptive-limits.md) are for.
`;

function row(name: string, run: Run): string {
  const mean = (from: number, to: number): string =>
    (run.admitted.slice(from, to).reduce((sum, each) => sum + each, 0) / (to - from)).toFixed(1);
  const quantile = (share: number): string => {
    const ms = run.latencies[Math.ceil(share * run.latencies.length) - 1] ?? 0;
    return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`;
  };
  const refused = `${((100 * run.refused) / run.offered).toFixed(1)} %`;
  const most = [mostIn(run.moments, 1000), mostIn(run.moments, WINDOW_MS)];
  return `| ${[name, mean(20, 30), mean(30, 40), mean(40, 60), ...most, refused, quantile(0.5), quantile(0.99)].join(' | ')} |`;
}

/** Most moments within so many milliseconds. */
function mostIn(moments: readonly number[], ms: number): number {
  let most = 0;
  for (let first = 0, last = 0; last < moments.length; last++) {
    while ((moments[last] as number) - (moments[first] as number) >= ms) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

const WIDTH = 720;
const HEIGHT = 320;
const LEFT = 48;
const TOP = 44;
const MOST = 100;

function draw(load: Load, runs: readonly { name: string; color: string; run: Run }[]): string {
  const x = (second: number): number => LEFT + (second / LENGTH_S) * (WIDTH - LEFT - 12);
  // By logarithm, so that a spike and what follows it can both be seen.
  const y = (count: number): number => {
    const share = Math.log(1 + Math.min(count, MOST)) / Math.log(1 + MOST);
    return HEIGHT - 32 - share * (HEIGHT - 32 - TOP);
  };
  const lines = runs.map(({ name, color, run }) => {
    const points = run.admitted.map((count, s) => `${x(s + 0.5).toFixed(1)},${y(count).toFixed(1)}`).join(' ');
    const dashes = name === 'none' ? ' stroke-dasharray="2 3"' : '';
    return `<polyline fill="none" stroke="${color}" stroke-width="1.5"${dashes} points="${points}"/>`;
  });
  const legend = runs.map(
    ({ name, color }, i) =>
      `<text x="${LEFT + 8 + (i % 4) * 164}" y="${16 + 16 * Math.floor(i / 4)}" fill="${color}" font-weight="bold">${name}</text>`,
  );
  const rows = [0, 1, 2, 5, 10, 20, 50, 100].map(
    (count) =>
      `<line x1="${LEFT}" x2="${WIDTH - 12}" y1="${y(count).toFixed(1)}" y2="${y(count).toFixed(1)}" stroke="#ddd"/>` +
      `<text x="${LEFT - 6}" y="${(y(count) + 4).toFixed(1)}" text-anchor="end">${count}</text>`,
  );
  const times = [0, 15, 30, 45, 60, 75, 90].map(
    (s) => `<text x="${x(s).toFixed(1)}" y="${HEIGHT - 12}" text-anchor="middle">${s} s</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#333">
<title>${load.title}</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>
${rows.join('\n')}
<line x1="${LEFT}" x2="${WIDTH - 12}" y1="${y(10).toFixed(1)}" y2="${y(10).toFixed(1)}" stroke="#333" stroke-dasharray="4 4"/>
${times.join('\n')}
${legend.join('\n')}
${[...lines].reverse().join('\n')}
</svg>
`;
}
