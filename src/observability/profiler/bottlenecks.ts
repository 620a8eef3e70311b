/** From what was measured to what slows a program down, and what to do about it. */

import type { CpuReport } from './cpu.js';
import type { LoopReport } from './event-loop.js';
import type { HeapReport, LeakVerdict } from './heap.js';
import type { IoUsage } from './io.js';

export type BottleneckKind =
  | 'cpu'
  | 'hot-function'
  | 'garbage-collection'
  | 'event-loop'
  | 'memory-growth'
  | 'file'
  | 'dns'
  | 'network'
  | 'crypto';

export interface Bottleneck {
  readonly kind: BottleneckKind;
  /** How bad, from 0 to 1. */
  readonly severity: number;
  /** What was seen. */
  readonly finding: string;
  /** What to do about it. */
  readonly advice: string;
}

/** What was measured, without what was not. */
export interface Measured {
  readonly durationMs: number;
  readonly cpu?: CpuReport | undefined;
  readonly heap?: HeapReport | undefined;
  readonly leak?: LeakVerdict | undefined;
  readonly loop?: LoopReport | undefined;
  readonly io?: readonly IoUsage[] | undefined;
}

const BUSY = 0.8;
const HOT = 0.25;
const COLLECTING = 0.1;
const BLOCKED_MS = 50;
const BADLY_BLOCKED_MS = 500;
/** Threads that libuv has for files, name lookups and cryptography, where nobody asked for more. */
const POOL_THREADS = 4;
const OFTEN_PER_SECOND = 20;
/** A profile is of too little where less ran than this. */
const LEAST_BUSY_MS = 20;

/** The worst first. */
export function findBottlenecks(measured: Measured): Bottleneck[] {
  const found = [...ofCpu(measured), ...ofLoop(measured), ...ofMemory(measured), ...ofIo(measured)];
  return found.sort((a, b) => b.severity - a.severity || (a.kind < b.kind ? -1 : 1));
}

function* ofCpu({ cpu, heap, durationMs }: Measured): Generator<Bottleneck> {
  if (cpu === undefined || cpu.busyMs < LEAST_BUSY_MS) return;
  const busy = Math.min(1, cpu.busyMs / Math.max(durationMs, 1));
  if (busy >= BUSY) {
    yield {
      kind: 'cpu',
      severity: busy,
      finding: `The thread was busy ${percent(busy)} of the time.`,
      advice: 'Move work to worker threads, or do less of it: the hottest functions tell where.',
    };
  }
  for (const hot of cpu.top(3)) {
    const share = hot.self / 1000 / cpu.busyMs;
    if (share < HOT || hot.frame.functionName.startsWith('(')) continue;
    yield {
      kind: 'hot-function',
      severity: share * busy,
      finding: `${hot.label} took ${percent(share)} of the busy time itself.`,
      advice: 'Look at it in the flame graph: call it less often, keep what it computes, or make it cheaper.',
    };
  }
  const collecting = cpu.collectorMs / cpu.busyMs;
  if (collecting >= COLLECTING) {
    const top = heap?.top(1)[0];
    const who = top === undefined ? '' : ` Most of what still lives was allocated by ${top.label}.`;
    yield {
      kind: 'garbage-collection',
      severity: Math.min(1, 2 * collecting),
      finding: `The garbage collector took ${percent(collecting)} of the busy time.${who}`,
      advice: 'Allocate less in what runs often: reuse buffers and objects, or keep data off the heap.',
    };
  }
}

function* ofLoop({ loop }: Measured): Generator<Bottleneck> {
  if (loop === undefined || loop.max < BLOCKED_MS) return;
  const [longest] = loop.blocks;
  const stack = longest?.stack ?? [];
  const where = stack.length === 0 ? '' : `, in ${stack.slice(-3).join(' › ')}`;
  yield {
    kind: 'event-loop',
    severity: Math.min(1, 0.4 + (0.6 * loop.max) / BADLY_BLOCKED_MS),
    finding: `The event loop was kept for ${loop.max.toFixed(0)} ms at a time${where}; 99 of 100 delays were within ${loop.p99.toFixed(0)} ms.`,
    advice: 'Cut that work into pieces with turns of the loop between them, or move it to a worker thread.',
  };
}

function* ofMemory({ leak, heap }: Measured): Generator<Bottleneck> {
  if (leak === undefined || !leak.suspected) return;
  const top = heap?.top(1)[0];
  const who = top === undefined ? '' : ` Most was allocated by ${top.label}.`;
  yield {
    kind: 'memory-growth',
    severity: Math.min(1, 0.5 + leak.growthBytes / 2 ** 28),
    finding: `What survives collections grew by ${(leak.growthBytes / 2 ** 20).toFixed(1)} MiB.${who}`,
    advice: 'Look for caches without bounds, listeners that are never removed, and timers that are never cleared.',
  };
}

function* ofIo({ io, durationMs }: Measured): Generator<Bottleneck> {
  const seconds = Math.max(durationMs, 1) / 1000;
  for (const usage of io ?? []) {
    const { kind, begun, mostAtOnce, meanMs } = usage;
    const perSecond = begun / seconds;
    if ((kind === 'file' || kind === 'crypto') && mostAtOnce > 4 * POOL_THREADS) {
      yield {
        kind,
        severity: Math.min(1, mostAtOnce / 500),
        finding: `Up to ${mostAtOnce} ${kind} operations were under way at once, ${meanMs.toFixed(1)} ms each on average.`,
        advice: `They share ${POOL_THREADS} threads where UV_THREADPOOL_SIZE is not set: do fewer at once, or larger ones, or give more threads.`,
      };
    }
    if (kind === 'dns' && perSecond > OFTEN_PER_SECOND) {
      yield {
        kind,
        severity: Math.min(1, perSecond / 500),
        finding: `Names were looked up ${perSecond.toFixed(0)} times a second, ${meanMs.toFixed(1)} ms each on average.`,
        advice: 'Keep connections open, or keep the addresses: each lookup takes a thread of the pool.',
      };
    }
    const connects = usage.types.TCPCONNECTWRAP ?? 0;
    if (kind === 'network' && connects / seconds > OFTEN_PER_SECOND) {
      yield {
        kind,
        severity: Math.min(1, connects / seconds / 500),
        finding: `${(connects / seconds).toFixed(0)} connections a second were made.`,
        advice: 'Keep connections alive and pool them: each new one costs a round trip, or several with TLS.',
      };
    }
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
