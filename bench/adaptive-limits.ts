/**
 * What each adaptive limit converges to, simulated: calls come at random to a service that does twenty at once, and the
 * limit learns from how long they take. Time is the simulation's, chance is seeded.
 */

import { seededRandom } from '../src/ports/random.js';
import { Aimd, Gradient2, type LimitAlgorithm, Vegas, Windowed } from '../src/resilience/adaptive-limit/index.js';

/** Calls that the service does at once; further ones wait inside it. */
const WORKERS = 20;
/** How long a call takes that does not wait, on average. */
const SERVICE_MS = 10;
/** Who asks gives up after this: the limit hears of a drop. */
const TIMEOUT_MS = 250;
const LENGTH_MS = 90_000;
const STEP_MS = 500;

interface Load {
  readonly name: string;
  readonly title: string;
  /** Arrivals, as a share of what the service can do in its usual state. */
  readonly demand: (ms: number) => number;
  /** How many times as long as usual a call takes. */
  readonly slowness: (ms: number) => number;
}

const between = (ms: number, from: number, to: number): boolean => ms >= from * 1000 && ms < to * 1000;

const LOADS: readonly Load[] = [
  {
    name: 'step',
    title: 'Step: half of what the service can do, from 30 to 60 s half as much again as it can',
    demand: (ms) => (between(ms, 30, 60) ? 1.5 : 0.5),
    slowness: () => 1,
  },
  {
    name: 'spike',
    title: 'Spike: 60 % of what the service can do, at 30 s two seconds of five times that',
    demand: (ms) => (between(ms, 30, 32) ? 3 : 0.6),
    slowness: () => 1,
  },
  {
    name: 'slow',
    title: 'Slow dependency: 80 % of what the service can do; from 30 to 60 s each call takes four times as long',
    demand: () => 0.8,
    slowness: (ms) => (between(ms, 30, 60) ? 4 : 1),
  },
];

const ALGORITHMS: readonly { name: string; color: string; make: () => LimitAlgorithm }[] = [
  { name: 'AIMD', color: '#b35900', make: () => new Aimd({ minLimit: 1, timeoutMs: TIMEOUT_MS }) },
  { name: 'Vegas', color: '#1f6fb2', make: () => new Vegas({ maxLimit: 200 }) },
  {
    name: 'Gradient2',
    color: '#2e7d32',
    make: () => new Windowed(new Gradient2({ minLimit: 1 }), { minWindowMs: 100, maxWindowMs: 1000 }),
  },
  { name: 'none', color: '#999999', make: () => ({ limit: 100_000, update: () => {} }) },
];

interface Run {
  readonly limits: number[];
  /** Of calls that were let in between 30 and 60 s: latencies in order, and how many there were. */
  readonly latencies: number[];
  readonly offered: number;
  readonly refused: number;
  readonly timedOut: number;
}

interface Job {
  readonly beganMs: number;
  readonly inFlight: number;
}

/** One algorithm under one load. */
function simulate(load: Load, algorithm: LimitAlgorithm): Run {
  const random = seededRandom(20_26);
  const exponential = (mean: number): number => -mean * Math.log(1 - random.float());
  const limits: number[] = [];
  const latencies: number[] = [];
  const waiting: Job[] = [];
  let head = 0;
  /** Ends of the calls that are being worked on: few, so the soonest is looked for. */
  const working: { readonly endsMs: number; readonly job: Job }[] = [];
  const counts = { offered: 0, refused: 0, timedOut: 0 };
  let inFlight = 0;
  let nextMs = 0;
  let nowMs = 0;

  const begin = (job: Job): void => {
    // A part of each call is the same, the rest differs.
    const takesMs = (SERVICE_MS / 2 + exponential(SERVICE_MS / 2)) * load.slowness(nowMs);
    working.push({ endsMs: nowMs + takesMs, job });
  };
  const soonest = (): number => {
    let at = -1;
    for (let i = 0; i < working.length; i++) {
      if (at < 0 || (working[i]?.endsMs ?? 0) < (working[at]?.endsMs ?? 0)) at = i;
    }
    return at;
  };
  const end = (at: number): void => {
    const [{ job }] = working.splice(at, 1) as [(typeof working)[0]];
    const rttMs = nowMs - job.beganMs;
    inFlight--;
    algorithm.update({ rttMs, inFlight: job.inFlight, dropped: rttMs > TIMEOUT_MS, nowMs });
    if (between(job.beganMs, 30, 60)) {
      latencies.push(rttMs);
      if (rttMs > TIMEOUT_MS) counts.timedOut++;
    }
    const next = waiting[head];
    if (next === undefined) return;
    head++;
    begin(next);
  };
  const arrive = (): void => {
    const watched = between(nowMs, 30, 60);
    if (watched) counts.offered++;
    if (inFlight >= algorithm.limit) {
      if (watched) counts.refused++;
    } else {
      const job = { beganMs: nowMs, inFlight: ++inFlight };
      if (working.length < WORKERS) begin(job);
      else waiting.push(job);
    }
    nextMs = nowMs + exponential(SERVICE_MS / WORKERS / load.demand(nowMs));
  };

  while (nowMs < LENGTH_MS) {
    const at = soonest();
    const endsMs = working[at]?.endsMs ?? Number.POSITIVE_INFINITY;
    nowMs = Math.min(nextMs, endsMs);
    while (limits.length * STEP_MS <= Math.min(nowMs, LENGTH_MS)) limits.push(algorithm.limit);
    if (endsMs <= nextMs) end(at);
    else arrive();
  }
  return { limits, latencies: latencies.sort((a, b) => a - b), ...counts };
}

/** The files of the report, by name. */
export function report(): Record<string, string> {
  const files: Record<string, string> = {};
  const sections: string[] = [];
  for (const load of LOADS) {
    const runs = ALGORITHMS.map((algorithm) => ({ ...algorithm, run: simulate(load, algorithm.make()) }));
    const drawing = `adaptive-limits-${load.name}.svg`;
    files[drawing] = draw(
      load,
      runs.filter(({ name }) => name !== 'none'),
    );
    sections.push(
      `## ${load.title}\n\n![limits over time](${drawing})\n`,
      '| | mean limit, 20–30 s | 45–60 s | 80–90 s | p50, 30–60 s | p99, 30–60 s | refused, 30–60 s | too late, 30–60 s |',
      '|---|---|---|---|---|---|---|---|',
      ...runs.map(({ name, run }) => row(name, run)),
      '',
    );
  }
  files['adaptive-limits.md'] = `${PREFACE}\n${sections.join('\n')}`;
  return files;
}

const PREFACE = `# Adaptive limits, simulated

What the limits of [\`ashlar/resilience/adaptive-limit\`](../../src/resilience/adaptive-limit/README.md) converge to. Calls come at
random (Poisson) to a service that does ${WORKERS} at once, each in ${SERVICE_MS} ms on average; further ones wait inside it. A call that took longer
than ${TIMEOUT_MS} ms is too late: the limit hears of a drop. Below a limit of ${WORKERS} the service idles, and far above it calls queue.
\`node bench/simulate.mjs adaptive-limits\` repeats it to the byte.

AIMD and Vegas learn from each call, Gradient2 from windows of a tenth of a second. All begin at 20.
`;

function row(name: string, run: Run): string {
  const mean = (fromS: number, toS: number): string => {
    const part = run.limits.slice((fromS * 1000) / STEP_MS, (toS * 1000) / STEP_MS);
    return (part.reduce((sum, limit) => sum + limit, 0) / part.length).toFixed(0);
  };
  const quantile = (share: number): string =>
    `${(run.latencies[Math.ceil(share * run.latencies.length) - 1] ?? 0).toFixed(0)} ms`;
  const percent = (count: number): string => `${((100 * count) / run.offered).toFixed(1)} %`;
  const limits = name === 'none' ? ['–', '–', '–'] : [mean(20, 30), mean(45, 60), mean(80, 90)];
  const cells = [...limits, quantile(0.5), quantile(0.99), percent(run.refused), percent(run.timedOut)];
  return `| ${name} | ${cells.join(' | ')} |`;
}

const WIDTH = 720;
const HEIGHT = 300;
const LEFT = 48;
const TOP = 28;
const MOST = 200;

function draw(load: Load, runs: readonly { name: string; color: string; run: Run }[]): string {
  const x = (ms: number): number => LEFT + (ms / LENGTH_MS) * (WIDTH - LEFT - 12);
  // By logarithm: what matters is how many times too much it is.
  const y = (limit: number): number =>
    HEIGHT - 32 - (Math.log(Math.max(1, limit)) / Math.log(MOST)) * (HEIGHT - 32 - TOP);
  const lines = runs.map(({ color, run }) => {
    const points = run.limits.map((limit, i) => `${x(i * STEP_MS).toFixed(1)},${y(limit).toFixed(1)}`).join(' ');
    return `<polyline fill="none" stroke="${color}" stroke-width="1.5" points="${points}"/>`;
  });
  const legend = runs.map(
    ({ name, color }, i) => `<text x="${LEFT + 8 + i * 96}" y="18" fill="${color}" font-weight="bold">${name}</text>`,
  );
  const rows = [1, 2, 5, 10, 50, 100, 200].map(
    (limit) =>
      `<line x1="${LEFT}" x2="${WIDTH - 12}" y1="${y(limit).toFixed(1)}" y2="${y(limit).toFixed(1)}" stroke="#ddd"/>` +
      `<text x="${LEFT - 6}" y="${(y(limit) + 4).toFixed(1)}" text-anchor="end">${limit}</text>`,
  );
  const times = [0, 15, 30, 45, 60, 75, 90].map(
    (s) => `<text x="${x(s * 1000).toFixed(1)}" y="${HEIGHT - 12}" text-anchor="middle">${s} s</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#333">
<title>${load.title}</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>
${rows.join('\n')}
<line x1="${LEFT}" x2="${WIDTH - 12}" y1="${y(WORKERS).toFixed(1)}" y2="${y(WORKERS).toFixed(1)}" stroke="#333" stroke-dasharray="4 4"/>
<text x="${WIDTH - 16}" y="${(y(WORKERS) - 5).toFixed(1)}" text-anchor="end">what the service does at once: ${WORKERS}</text>
${times.join('\n')}
${legend.join('\n')}
${lines.join('\n')}
</svg>
`;
}
