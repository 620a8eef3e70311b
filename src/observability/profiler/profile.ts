/** `profile`: everything at once, for a while, and what it means. */

import { AshlarError } from '../../../bindings/errors.js';
import { checkInteger } from '../../../bindings/sketch.js';
import { nodeProfiling } from '../../adapters/node/profiling.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import type { ProfilingProbe } from '../../ports/profiling.js';
import { type Cancel, systemTimer, type Timer } from '../../ports/timer.js';
import { type Bottleneck, findBottlenecks } from './bottlenecks.js';
import { CpuReport } from './cpu.js';
import { EventLoopProfiler, type LoopReport } from './event-loop.js';
import { HeapReport, LeakDetector, type LeakVerdict } from './heap.js';
import { IoTally, type IoUsage } from './io.js';

export interface ProfileOptions {
  /** Whether to sample the stack. Default true, as the next three. */
  cpu?: boolean;
  /** Whether to sample what is allocated. */
  heap?: boolean;
  /** Whether to watch the event loop. */
  loop?: boolean;
  /** Whether to follow what the process waits for. Costs a call for each promise, too, while it lasts. */
  io?: boolean;
  /** Between samples of the stack, in microseconds. Default 1000. */
  cpuIntervalMicros?: number;
  /** Between samples of what is allocated, in bytes. Default 32 768. */
  heapIntervalBytes?: number;
  /** Ends it: the profile is given up, and the promise rejects with exactly `signal.reason`. */
  signal?: AbortSignal | undefined;
  /** Default Node's, of its own. */
  probe?: ProfilingProbe;
  /** Default the platform's. */
  clock?: Clock;
  timer?: Timer;
}

export interface ProfileReport {
  readonly durationMs: number;
  readonly cpu: CpuReport | undefined;
  readonly heap: HeapReport | undefined;
  readonly leak: LeakVerdict | undefined;
  readonly loop: LoopReport | undefined;
  readonly io: readonly IoUsage[] | undefined;
  /** The worst first. */
  readonly bottlenecks: readonly Bottleneck[];
  /** What to do, the most urgent first, each piece once. */
  readonly advice: readonly string[];
  /** All of it in some lines. */
  toString(): string;
}

/** The runtime has no profiler. */
export class NoProfilerError extends AshlarError {
  constructor() {
    super('NO_PROFILER', 'This runtime has no profiler that a program can use: it is to be given as `probe`');
  }
}

const DEFAULT_CPU_MICROS = 1000;
const DEFAULT_HEAP_BYTES = 32_768;
const LONGEST_MS = 24 * 3_600_000;
/** Readings of the heap's size in one profile, about. */
const HEAP_READINGS = 100;
const LEAST_READING_MS = 10;

/**
 * Profiles this thread for so long, or while a function runs.
 *
 * @param what milliseconds from 1 to a day, or a function; what it throws, the promise rejects with
 * @throws TypeError, RangeError at once
 * @returns a promise that also rejects with `NoProfilerError`, or with exactly `signal.reason`
 */
export function profile(what: number | (() => unknown), options: ProfileOptions = {}): Promise<ProfileReport> {
  const { cpuIntervalMicros = DEFAULT_CPU_MICROS, heapIntervalBytes = DEFAULT_HEAP_BYTES, signal } = options;
  if (typeof what !== 'function') checkInteger(what, 'The time of a profile', 1, LONGEST_MS);
  checkInteger(cpuIntervalMicros, 'cpuIntervalMicros', 50, 1_000_000);
  checkInteger(heapIntervalBytes, 'heapIntervalBytes', 1024, 2 ** 30);
  if (signal?.aborted) return Promise.reject(signal.reason);
  const probe = options.probe ?? nodeProfiling();
  if (probe === undefined) return Promise.reject(new NoProfilerError());
  return new Run(probe, { ...options, cpuIntervalMicros, heapIntervalBytes }).run(what);
}

type Options = ProfileOptions & { cpuIntervalMicros: number; heapIntervalBytes: number };

class Run {
  readonly #probe: ProfilingProbe;
  readonly #options: Options;
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #loop: EventLoopProfiler | undefined;
  readonly #io: IoTally | undefined;
  readonly #leak = new LeakDetector();

  constructor(probe: ProfilingProbe, options: Options) {
    const { clock = systemClock, timer = systemTimer, loop = true, io = true } = options;
    this.#probe = probe;
    this.#options = options;
    this.#clock = clock;
    this.#timer = timer;
    this.#loop = loop ? new EventLoopProfiler({ clock, timer }) : undefined;
    this.#io = io ? new IoTally(clock) : undefined;
  }

  async run(what: number | (() => unknown)): Promise<ProfileReport> {
    const probe = this.#probe;
    const { cpu = true, heap = true, cpuIntervalMicros, heapIntervalBytes, signal } = this.#options;
    const cancels: Cancel[] = [];
    try {
      if (heap) await probe.startHeap(heapIntervalBytes);
      if (cpu) await probe.startCpu(cpuIntervalMicros);
      const startMs = this.#clock.monotonic();
      if (this.#io !== undefined) cancels.push(probe.watchIo(this.#io));
      this.#loop?.start();
      if (heap) cancels.push(this.#readHeap(typeof what === 'number' ? what : HEAP_READINGS * LEAST_READING_MS));
      await this.#until(what, signal);
      const durationMs = this.#clock.monotonic() - startMs;
      const loop = this.#loop?.stop();
      for (const cancel of cancels.splice(0)) cancel();
      const stopped = cpu ? await probe.stopCpu() : undefined;
      const head = heap ? await probe.stopHeap() : undefined;
      const cpuReport = stopped && new CpuReport(stopped.profile, stopped.startMs);
      signal?.throwIfAborted();
      return reportOf({
        durationMs,
        cpu: cpuReport,
        heap: head && new HeapReport(head),
        leak: heap ? this.#leak.verdict() : undefined,
        loop: loop && { ...loop, blocks: withStacks(loop.blocks, cpuReport) },
        io: this.#io?.report(),
      });
    } finally {
      this.#loop?.stop();
      for (const cancel of cancels) cancel();
      probe.close();
    }
  }

  /** Waits for the time to pass, or for the function to end; no longer than until the signal is aborted. */
  #until(what: number | (() => unknown), signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      let cancel: Cancel = () => {};
      const onAbort = (): void => {
        end();
        reject(signal?.reason);
      };
      const end = (): void => {
        cancel();
        signal?.removeEventListener('abort', onAbort);
      };
      const done = (): void => {
        end();
        resolve();
      };
      // Starting may have taken time: nobody listened then.
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      signal?.addEventListener('abort', onAbort);
      if (typeof what === 'number') {
        cancel = this.#timer.after(what, done);
        return;
      }
      new Promise((ran) => ran(what())).then(done, (error: unknown) => {
        end();
        reject(error);
      });
    });
  }

  #readHeap(durationMs: number): Cancel {
    const read = (): void => this.#leak.sample(this.#probe.heapUsedBytes());
    read();
    return this.#timer.every(Math.max(LEAST_READING_MS, Math.floor(durationMs / HEAP_READINGS)), read);
  }
}

function withStacks(blocks: LoopReport['blocks'], cpu: CpuReport | undefined): LoopReport['blocks'] {
  if (cpu === undefined) return blocks;
  return blocks.map((block) => ({ ...block, stack: cpu.stackDuring(block.startMs, block.startMs + block.durationMs) }));
}

function reportOf(measured: Omit<ProfileReport, 'bottlenecks' | 'advice' | 'toString'>): ProfileReport {
  const bottlenecks = findBottlenecks(measured);
  const advice = [...new Set(bottlenecks.map((it) => it.advice))];
  return { ...measured, bottlenecks, advice, toString: () => textOf(measured, bottlenecks) };
}

function textOf(measured: Parameters<typeof reportOf>[0], bottlenecks: readonly Bottleneck[]): string {
  const { durationMs, cpu, heap, loop, io } = measured;
  const lines = [`Profiled for ${durationMs.toFixed(0)} ms.`];
  if (cpu !== undefined) {
    lines.push(`CPU: busy ${cpu.busyMs.toFixed(0)} ms, garbage collector ${cpu.collectorMs.toFixed(0)} ms.`);
    for (const hot of cpu.top(5)) lines.push(`  ${(hot.self / 1000).toFixed(1).padStart(8)} ms  ${hot.label}`);
  }
  if (heap !== undefined) {
    lines.push(`Heap: ${(heap.bytes / 1024).toFixed(0)} KiB were allocated and still live.`);
    for (const hot of heap.top(5)) lines.push(`  ${(hot.self / 1024).toFixed(1).padStart(8)} KiB ${hot.label}`);
  }
  if (loop !== undefined)
    lines.push(`Event loop: late by ${loop.mean.toFixed(1)} ms on average, ${loop.max.toFixed(0)} ms at most.`);
  for (const { kind, begun, meanMs } of io ?? [])
    lines.push(`I/O: ${kind}: ${begun} begun, ${meanMs.toFixed(1)} ms on average.`);
  if (bottlenecks.length === 0) lines.push('No bottleneck was found.');
  for (const { finding, advice } of bottlenecks) lines.push(`! ${finding} ${advice}`);
  return lines.join('\n');
}
