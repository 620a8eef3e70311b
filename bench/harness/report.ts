/** Turns results into Markdown. */

import type { CaseResult, ContenderResult } from './runner.js';
import { formatTime, LATENCY_BOUNDS } from './runner.js';

export interface SuiteResult {
  readonly suite: string;
  readonly cases: readonly CaseResult[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly date: string;
}

export function markdown(machine: Machine, suites: readonly SuiteResult[]): string {
  const out = [
    '# Benchmarks',
    '',
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}, ${machine.date}.`,
    'Medians with their 95 % confidence intervals. A ratio above 1 says that ours is better, below 1 that it is worse.',
    'The *twin* is the same interface in plain TypeScript; the *rival* the best that npm has among those measured.',
  ];
  for (const { suite, cases } of suites) {
    out.push('', `## ${suite}`);
    section(out, 'Time', cases, 'comparison', timeCell, (c) => c.time?.median);
    section(out, 'Memory, bytes an entry', cases, 'memory', memoryCell, (c) => c.bytesPerEntry);
    section(
      out,
      'Latency of single operations: p50 / p99 / p99.9 / worst of each run; worst that recurs in every run; longest pause of the collector, what the process grew by',
      cases,
      'latency',
      latencyCell,
      (c) => c.latency?.repeatable,
    );
    histograms(out, cases);
  }
  return `${out.join('\n')}\n`;
}

function section(
  out: string[],
  title: string,
  cases: readonly CaseResult[],
  type: CaseResult['type'],
  cell: (contender: ContenderResult, unit: CaseResult['unit']) => string,
  cost: (contender: ContenderResult) => number | undefined,
): void {
  const chosen = cases.filter((it) => it.type === type);
  if (chosen.length === 0) return;
  out.push(
    '',
    `### ${title}`,
    '',
    '| case | ours | native | twin | best rival | ours against native / twin / rival |',
    '|---|---|---|---|---|---|',
  );
  for (const it of chosen) {
    if (it.error !== undefined) {
      out.push(`| ${it.name} | failed: ${it.error.split('\n')[0]} | | | | |`);
      continue;
    }
    const best = (kind: ContenderResult['kind']) =>
      it.contenders
        .filter((c) => c.kind === kind)
        .reduce<ContenderResult | undefined>(
          (a, b) => (a === undefined || (cost(b) ?? Infinity) < (cost(a) ?? Infinity) ? b : a),
          undefined,
        );
    const ours = best('ours');
    const others = (['native', 'twin', 'rival'] as const).map(best);
    const show = (c: ContenderResult | undefined, named: boolean) =>
      c === undefined ? '–' : `${named ? `${c.name}: ` : ''}${cell(c, it.unit)}`;
    const ratios = others.map((c) => {
      const [theirs, mine] = [c && cost(c), ours && cost(ours)];
      return theirs === undefined || mine === undefined ? '–' : `${(theirs / mine).toFixed(2)}×`;
    });
    out.push(
      `| ${it.name} | ${show(ours, false)} | ${others.map((c) => show(c, true)).join(' | ')} | ${ratios.join(' / ')} |`,
    );
  }
}

function timeCell(contender: ContenderResult, unit: CaseResult['unit']): string {
  const time = contender.time;
  if (time === undefined) return '–';
  return `${formatTime(time.median, unit)} (${formatTime(time.low, unit)} to ${formatTime(time.high, unit)})`;
}

function memoryCell(contender: ContenderResult): string {
  const { bytesPerEntry = 0, reservedPerEntry = bytesPerEntry } = contender;
  const reserved = reservedPerEntry === bytesPerEntry ? '' : ` (${reservedPerEntry.toFixed(2)} reserved)`;
  return `${bytesPerEntry.toFixed(2)} B${reserved}`;
}

function latencyCell(contender: ContenderResult): string {
  const latency = contender.latency;
  if (latency === undefined) return '–';
  const worst = latency.max.map((ns) => duration(ns)).join(', ');
  const quantiles = [latency.p50, latency.p99, latency.p999].map(duration).join(' / ');
  const process = `GC ${duration(latency.gcPause)}, ${(latency.residentBytes / 2 ** 20).toFixed(0)} MiB`;
  return `${quantiles} / ${worst}; ${duration(latency.repeatable)}; ${process}`;
}

/** How many operations took how long, in each run. */
function histograms(out: string[], cases: readonly CaseResult[]): void {
  const rows = cases
    .filter((it) => it.type === 'latency' && it.error === undefined)
    .flatMap((it) =>
      it.contenders.flatMap((c) =>
        (c.latency?.counts ?? []).map(
          (counts, run) =>
            `| ${it.name}: ${c.name}, run ${run + 1} | ${counts.map((n) => n.toLocaleString('en-US')).join(' | ')} |`,
        ),
      ),
    );
  if (rows.length === 0) return;
  const bounds = LATENCY_BOUNDS.map((ns) => `≤ ${duration(ns)}`);
  out.push('', '### Latency histograms: operations by duration', '');
  out.push(`| case | ${bounds.join(' | ')} | more |`, `|---|${'---:|'.repeat(bounds.length + 1)}`, ...rows);
}

function duration(ns: number): string {
  if (ns < 1e3) return `${ns.toFixed(0)} ns`;
  return ns < 1e6 ? `${(ns / 1e3).toFixed(1)} µs` : `${(ns / 1e6).toFixed(2)} ms`;
}
