/** What Node says of its process and its engine: a RuntimeProbe. */

import type { GcKind, RuntimeProbe, RuntimeReading } from '../../ports/runtime.js';
import { builtin, hasBuiltins } from './builtin.js';

/** How often the delay of the event loop is sampled. */
const RESOLUTION_MS = 10;
const NANOSECONDS = 1e9;
const GC_KINDS: Readonly<Record<number, GcKind>> = {
  1: 'minor',
  2: 'minor',
  4: 'major',
  8: 'incremental',
  16: 'weakcb',
};

/** The probe, measuring from now on; `undefined` where the runtime is not Node. */
export function nodeRuntime(): RuntimeProbe | undefined {
  if (!hasBuiltins('node:perf_hooks', 'node:v8', 'node:fs')) return undefined;
  const { performance, monitorEventLoopDelay, PerformanceObserver } = builtin('node:perf_hooks');
  const { getHeapSpaceStatistics } = builtin('node:v8');
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let utilization = performance.eventLoopUtilization();
  const startTimeSeconds = performance.timeOrigin / 1000;
  const maxDescriptors = readMaxDescriptors();
  const observers: InstanceType<typeof PerformanceObserver>[] = [];

  async function read(): Promise<RuntimeReading> {
    const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const current = performance.eventLoopUtilization();
    const since = performance.eventLoopUtilization(current, utilization);
    utilization = current;
    // A sample is how long the timer took to fire: what is beyond its period is delay.
    const seconds = (nanoseconds: number): number => Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS / 1000);
    const empty = delay.count === 0;
    const loopDelay = {
      min: empty ? 0 : seconds(delay.min),
      max: empty ? 0 : seconds(delay.max),
      mean: empty ? 0 : seconds(delay.mean),
      stddev: empty ? 0 : delay.stddev / NANOSECONDS,
      p50: seconds(delay.percentile(50)),
      p90: seconds(delay.percentile(90)),
      p99: seconds(delay.percentile(99)),
    };
    delay.reset();
    const openDescriptors = await countDescriptors();
    return {
      cpuUserSeconds: user / 1e6,
      cpuSystemSeconds: system / 1e6,
      startTimeSeconds,
      residentBytes: rss,
      heapTotalBytes: heapTotal,
      heapUsedBytes: heapUsed,
      externalBytes: external,
      arrayBufferBytes: arrayBuffers,
      ...(openDescriptors === undefined ? {} : { openDescriptors }),
      ...(maxDescriptors === undefined ? {} : { maxDescriptors }),
      loopUtilization: since.utilization,
      loopDelay,
      activeResources: counted(process.getActiveResourcesInfo()),
      heapSpaces: getHeapSpaceStatistics().map((space) => ({
        name: space.space_name.replace(/_space$/, ''),
        totalBytes: space.space_size,
        usedBytes: space.space_used_size,
        availableBytes: space.space_available_size,
      })),
      version: process.version,
    };
  }

  return {
    read,
    onGc(listener) {
      const observer = new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          const { kind } = (entry as unknown as { detail: { kind: number } }).detail;
          listener(GC_KINDS[kind] ?? 'other', entry.duration / 1000);
        }
      });
      observer.observe({ entryTypes: ['gc'] });
      observers.push(observer);
    },
    close() {
      delay.disable();
      for (const observer of observers) observer.disconnect();
    },
  };
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Linux only: elsewhere nobody says. */
async function countDescriptors(): Promise<number | undefined> {
  try {
    // The one that reads the folder is among them.
    return (await builtin('node:fs').promises.readdir('/proc/self/fd')).length - 1;
  } catch {
    return undefined;
  }
}

function readMaxDescriptors(): number | undefined {
  try {
    const limits = builtin('node:fs').readFileSync('/proc/self/limits', 'utf8');
    const value = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return value === undefined ? undefined : Number(value);
  } catch {
    return undefined;
  }
}
