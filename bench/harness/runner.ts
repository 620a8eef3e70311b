/** Runs one suite: comparisons interleaved in this process, memory and latency cases in children. */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { constants } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Bench } from 'tinybench';
import { type Estimate, estimate, Histogram } from './statistics.js';
import {
  type BenchContext,
  type Comparison,
  type ContenderKind,
  caseName,
  type LatencyCase,
  type LatencyContender,
  type MemoryCase,
  type MemoryContender,
  type Suite,
} from './suite.js';

/** Set by run.mjs in the environment variable ASHLAR_BENCH, as JSON. */
interface Settings {
  readonly filter: string;
  readonly smoke: boolean;
  readonly large: boolean;
  /** Where to write the suite's results. */
  readonly out: string;
  /** In a child: the one contender to measure. */
  readonly child?: { readonly type: 'memory' | 'latency'; readonly name: string; readonly contender: string };
}

export interface LatencyResult {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** The slowest operation of each run. */
  readonly max: number[];
  /**
   * The slowest operation that is slow in every run: of each operation the fastest run counts. What the structure
   * does recurs at the same operation, what the machine does to it does not.
   */
  readonly repeatable: number;
  /** Of each run: operations within each bound of LATENCY_BOUNDS and above the one before; last, those above all. */
  readonly counts: number[][];
  /** The longest pause of the garbage collector in the median run, in nanoseconds. */
  readonly gcPause: number;
  /** What the process grew by, resident, until the end of the median run. */
  readonly residentBytes: number;
}

/** Upper bounds of the histogram that is shown, in nanoseconds. */
export const LATENCY_BOUNDS = [1e3, 1e4, 1e5, 1e6, 1e7] as const;

/** What one run of a latency case tells. */
interface LatencyRun {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  readonly counts: number[];
  /** Operations slower than SLOW_NS: their numbers and nanoseconds. */
  readonly slow: [index: number, ns: number][];
  readonly gcPause: number;
  readonly residentBytes: number;
}

const SLOW_NS = 20_000;

export interface ContenderResult {
  readonly name: string;
  readonly kind: ContenderKind;
  /** Nanoseconds an operation (or a byte), of a comparison. */
  readonly time?: Estimate;
  readonly checksum?: number;
  /** Bytes an entry, of a memory case. */
  readonly bytesPerEntry?: number;
  /** The same with what the arena has reserved and not yet used. */
  readonly reservedPerEntry?: number;
  /** Of a latency case, in nanoseconds. */
  readonly latency?: LatencyResult;
}

export interface CaseResult {
  readonly type: 'comparison' | 'memory' | 'latency';
  readonly name: string;
  readonly unit: 'operation' | 'byte';
  readonly error?: string;
  readonly contenders: readonly ContenderResult[];
}

const SIZES = [1e3, 1e4, 1e5, 1e6];
const SMOKE_SIZES = [64, 1000];
/** Contenders take turns this often, so that a disturbance hits them alike. */
const ROUNDS = 5;
const ROUND_MS = 120;
const LATENCY_RUNS = 3;
const MEMORY_ENTRIES = 1e5;

export async function runSuite(suite: Suite): Promise<void> {
  const settings = JSON.parse(process.env.ASHLAR_BENCH ?? '{}') as Settings;
  const comparisons: Comparison[] = [];
  const memoryCases: MemoryCase[] = [];
  const latencyCases: LatencyCase[] = [];
  const context: BenchContext = {
    sizes: settings.smoke ? SMOKE_SIZES : settings.large ? [...SIZES, 1e7] : SIZES,
    smoke: settings.smoke,
    large: settings.large,
    compare: (it) => comparisons.push(it),
    memory: (it) => memoryCases.push(it),
    latency: (it) => latencyCases.push(it),
  };
  suite.declare(context);
  if (settings.child !== undefined) {
    await runChild(settings.child, memoryCases, latencyCases);
    return;
  }
  const results: CaseResult[] = [];
  const filters = settings.filter.toLowerCase().split(',');
  const wanted = (it: { operation: string; size: number; distribution: string }) =>
    filters.some((text) => `${suite.name}: ${caseName(it)}`.toLowerCase().includes(text));
  for (const it of comparisons.filter(wanted))
    results.push(await attempt('comparison', it, () => compare(it, settings)));
  for (const it of memoryCases.filter(wanted)) results.push(await attempt('memory', it, () => memory(it, settings)));
  for (const it of latencyCases.filter(wanted)) results.push(await attempt('latency', it, () => latency(it, settings)));
  writeFileSync(settings.out, JSON.stringify({ suite: suite.name, cases: results }));
}

async function attempt(
  type: CaseResult['type'],
  it: { operation: string; size: number; distribution: string; unit?: 'operation' | 'byte' },
  run: () => ContenderResult[] | Promise<ContenderResult[]>,
): Promise<CaseResult> {
  const name = caseName(it);
  if (process.stderr.isTTY) process.stderr.write(`  ${name} …\r`);
  let contenders: ContenderResult[] = [];
  let error: string | undefined;
  try {
    contenders = await run();
    const sums = new Set(contenders.map((c) => c.checksum));
    if (sums.size > 1) error = `checksums differ: ${contenders.map((c) => `${c.name} ${c.checksum}`).join(', ')}`;
  } catch (thrown) {
    error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  }
  const result = { type, name, unit: it.unit ?? 'operation', contenders, ...(error === undefined ? {} : { error }) };
  process.stdout.write(`${error === undefined ? 'ok  ' : 'FAIL'} ${name}: ${summary(result)}\n`);
  return result;
}

function summary(result: CaseResult): string {
  if (result.error !== undefined) return result.error;
  const checksum = result.contenders[0]?.checksum;
  const parts = result.contenders.map((c) => {
    if (c.time !== undefined) return `${c.name} ${formatTime(c.time.median, result.unit)}`;
    if (c.latency !== undefined) return `${c.name} worst ${(c.latency.repeatable / 1e6).toFixed(3)} ms`;
    return `${c.name} ${c.bytesPerEntry?.toFixed(2)} B`;
  });
  return parts.join(', ') + (checksum === undefined ? '' : ` (checksum ${checksum})`);
}

export function formatTime(ns: number, unit: 'operation' | 'byte'): string {
  return unit === 'byte' ? `${(1 / ns).toFixed(2)} GB/s` : `${ns < 100 ? ns.toFixed(1) : ns.toFixed(0)} ns`;
}

async function compare(it: Comparison, settings: Settings): Promise<ContenderResult[]> {
  const operations = it.operations ?? it.size;
  const ready = [];
  let asynchronous = false;
  for (const contender of it.contenders) {
    const prepared = contender.prepare();
    prepared.before?.();
    const answer = prepared.run();
    if (typeof answer !== 'number') asynchronous = true;
    const checksum = await answer;
    prepared.after?.();
    ready.push({ contender, prepared, checksum, samples: [] as number[] });
  }
  const rounds = settings.smoke ? 1 : ROUNDS;
  for (let round = 0; round < rounds; round++) {
    globalThis.gc?.();
    const bench = new Bench({
      time: settings.smoke ? 1 : ROUND_MS,
      iterations: settings.smoke ? 1 : 2,
      warmup: round === 0,
      warmupTime: settings.smoke ? 1 : ROUND_MS,
      warmupIterations: settings.smoke ? 1 : 2,
      retainSamples: true,
      throws: true,
    });
    for (const { contender, prepared, checksum } of ready) {
      const check = (answer: number) => {
        if (!Object.is(answer, checksum)) throw new Error(`${contender.name}: the checksum changed`);
      };
      bench.add(
        contender.name,
        asynchronous ? async () => check(await prepared.run()) : () => check(prepared.run() as number),
        { beforeEach: () => prepared.before?.(), afterEach: () => prepared.after?.() },
      );
    }
    if (asynchronous) await bench.run();
    else bench.runSync();
    for (const [i, task] of bench.tasks.entries()) {
      const samples = 'latency' in task.result ? task.result.latency.samples : undefined;
      for (const ms of samples ?? []) ready[i]?.samples.push((ms * 1e6) / operations);
    }
  }
  for (const { prepared } of ready) prepared.dispose?.();
  return ready.map(({ contender, checksum, samples }) => ({
    name: contender.name,
    kind: contender.kind,
    time: estimate(samples),
    checksum,
  }));
}

function memory(it: MemoryCase, settings: Settings): ContenderResult[] {
  return it.contenders.map(({ name, kind }) => {
    const answer = inChild({ ...settings, child: { type: 'memory', name: caseName(it), contender: name } }) as {
      bytes: number;
      reserved: number;
    };
    return {
      name,
      kind,
      bytesPerEntry: answer.bytes / it.size,
      reservedPerEntry: answer.reserved / it.size,
    };
  });
}

function latency(it: LatencyCase, settings: Settings): ContenderResult[] {
  return it.contenders.map(({ name, kind }) => {
    const child = { type: 'latency' as const, name: caseName(it), contender: name };
    const runs = Array.from(
      { length: settings.smoke ? 1 : LATENCY_RUNS },
      () => inChild({ ...settings, child }) as LatencyRun,
    );
    const typical = (key: 'p50' | 'p99' | 'p999' | 'gcPause' | 'residentBytes') =>
      estimate(runs.map((run) => run[key])).median;
    return {
      name,
      kind,
      latency: {
        p50: typical('p50'),
        p99: typical('p99'),
        p999: typical('p999'),
        max: runs.map((run) => run.max),
        repeatable: repeatable(runs),
        counts: runs.map((run) => run.counts),
        gcPause: typical('gcPause'),
        residentBytes: typical('residentBytes'),
      },
    };
  });
}

/** The largest, over all operations, of an operation's fastest run; SLOW_NS where no operation is slow in all. */
function repeatable(runs: readonly LatencyRun[]): number {
  const [first, ...others] = runs.map((run) => new Map(run.slow));
  let worst = SLOW_NS;
  for (const [index, ns] of first ?? []) {
    worst = Math.max(worst, Math.min(ns, ...others.map((other) => other.get(index) ?? 0)));
  }
  return worst;
}

function inChild(settings: Settings): unknown {
  const child = spawnSync(process.execPath, ['--expose-gc', ...process.execArgv, fileURLToPath(import.meta.url)], {
    env: { ...process.env, ASHLAR_BENCH: JSON.stringify(settings) },
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (child.status !== 0) throw new Error(`the child for ${settings.child?.contender} ended with ${child.status}`);
  return JSON.parse(child.stdout);
}

async function runChild(
  child: NonNullable<Settings['child']>,
  memoryCases: MemoryCase[],
  latencyCases: LatencyCase[],
): Promise<void> {
  const answer =
    child.type === 'memory'
      ? measureMemory(...found<MemoryContender, MemoryCase>(memoryCases, child))
      : await measureLatency(...found<LatencyContender, LatencyCase>(latencyCases, child));
  process.stdout.write(JSON.stringify(answer));
}

function found<C extends { name: string }, T extends MemoryCase | LatencyCase>(
  cases: readonly (T & { readonly contenders: readonly C[] })[],
  { name, contender }: { readonly name: string; readonly contender: string },
): [T, C] {
  const it = cases.find((candidate) => caseName(candidate) === name);
  const one = it?.contenders.find((candidate) => candidate.name === contender);
  if (it === undefined || one === undefined) throw new Error(`no case ${name} for ${contender}`);
  return [it, one];
}

/** Bytes of one thing; small ones are made many times over, to stand out from the heap's own noise. */
function measureMemory(it: MemoryCase, contender: MemoryContender): { bytes: number; reserved: number } {
  // What the first one makes the engine compile and remember is no part of it.
  contender.make();
  const copies = Math.ceil(MEMORY_ENTRIES / it.size);
  const before = heapBytes();
  const held = Array.from({ length: copies }, () => contender.make());
  const heap = Math.max(0, heapBytes() - before);
  let bytes = heap;
  let reserved = heap;
  // An arena's bytes are its own account; its handles on the heap come on top. Reading them also keeps all alive.
  for (const one of held) {
    bytes += one.bytes ?? 0;
    reserved += one.reserved ?? one.bytes ?? 0;
  }
  return { bytes: bytes / copies, reserved: reserved / copies };
}

/** Bytes on the JavaScript heap and in typed arrays; a WebAssembly memory is in neither. */
function heapBytes(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Compiles what will be measured before it is: a run of the same kind, thrown away. */
function warmUp(it: LatencyCase, contender: LatencyContender): void {
  const operation = contender.warm === undefined ? contender.prepare() : contender.warm();
  const noise = new Histogram();
  for (let i = 0; i < Math.min(it.size, 50_000); i++) noise.record(timed(operation, i));
}

async function measureLatency(it: LatencyCase, contender: LatencyContender): Promise<LatencyRun> {
  const pauses: PerformanceEntry[] = [];
  new PerformanceObserver((list) => pauses.push(...list.getEntries())).observe({ entryTypes: ['gc'] });
  const residentBefore = process.memoryUsage.rss();
  warmUp(it, contender);
  globalThis.gc?.();
  const histogram = new Histogram();
  const counts = new Array<number>(LATENCY_BOUNDS.length + 1).fill(0);
  const slow: [number, number][] = [];
  const operation = contender.prepare();
  const from = performance.now();
  for (let i = 0; i < it.size; i++) {
    const ns = timed(operation, i);
    histogram.record(ns);
    let bucket = 0;
    while (bucket < LATENCY_BOUNDS.length && ns > (LATENCY_BOUNDS[bucket] as number)) bucket++;
    counts[bucket] = (counts[bucket] as number) + 1;
    if (ns > SLOW_NS) slow.push([i, ns]);
  }
  const until = performance.now();
  // The observer is told in a turn of its own.
  await new Promise((resolve) => setTimeout(resolve, 20));
  // An entry of incremental marking lasts from its first step to its last: the steps between are not one pause.
  const { NODE_PERFORMANCE_GC_INCREMENTAL } = constants;
  const within = pauses.filter((pause) => {
    const { kind } = (pause as PerformanceEntry & { detail: { kind: number } }).detail;
    return kind !== NODE_PERFORMANCE_GC_INCREMENTAL && pause.startTime >= from && pause.startTime <= until;
  });
  const gcPause = within.reduce((longest, pause) => Math.max(longest, pause.duration * 1e6), 0);
  globalThis.gc?.();
  const residentBytes = Math.max(0, process.memoryUsage.rss() - residentBefore);
  // What was measured is still in use, or it would not be resident.
  operation(0);
  const quantile = (share: number) => histogram.quantile(share);
  const [p50, p99, p999] = [quantile(0.5), quantile(0.99), quantile(0.999)];
  return { p50, p99, p999, max: histogram.max, counts, slow, gcPause, residentBytes };
}

/** Nanoseconds of one operation. */
function timed(operation: (i: number) => void, i: number): number {
  const start = performance.now();
  operation(i);
  return (performance.now() - start) * 1e6;
}
