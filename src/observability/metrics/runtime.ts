/** Metrics of the process and its runtime, under the names that Prometheus's client for Node made common. */

import { disposeSymbol } from '../../../bindings/dispose.js';
import { nodeRuntime } from '../../adapters/node/runtime.js';
import type { RuntimeProbe, RuntimeReading } from '../../ports/runtime.js';
import type { Counter } from './counter.js';
import type { Gauge } from './gauge.js';
import type { MetricsRegistry } from './registry.js';

export interface RuntimeMetricsOptions {
  /** What the names begin with. Default nothing. */
  prefix?: string;
  /** What tells about the runtime. Default Node's, where there is one; else nothing is shown. */
  probe?: RuntimeProbe;
  /** Upper bounds for the pauses of the garbage collector, in seconds. */
  gcBuckets?: readonly number[];
}

/** Stops the measuring. The metrics stay, and show what they showed last. */
export interface RuntimeMetrics {
  close(): void;
  [Symbol.dispose](): void;
}

const GC_BUCKETS = [0.001, 0.01, 0.1, 1, 2, 5];

/** Gauges that are set from a field each: name, help, field. */
const GAUGES = [
  ['process_resident_memory_bytes', 'Resident memory size in bytes.', 'residentBytes'],
  ['process_start_time_seconds', 'When the process began, in seconds since 1970.', 'startTimeSeconds'],
  ['process_open_fds', 'Number of open file descriptors.', 'openDescriptors'],
  ['process_max_fds', 'Maximum number of open file descriptors.', 'maxDescriptors'],
  ['nodejs_heap_size_total_bytes', 'Bytes of the heap, used or not.', 'heapTotalBytes'],
  ['nodejs_heap_size_used_bytes', 'Bytes of the heap in use.', 'heapUsedBytes'],
  ['nodejs_external_memory_bytes', 'Bytes outside the heap that objects hold.', 'externalBytes'],
  ['nodejs_array_buffer_bytes', 'Bytes of array buffers.', 'arrayBufferBytes'],
  ['nodejs_eventloop_utilization', 'The share of time in which the event loop was busy.', 'loopUtilization'],
] as const;
const LAGS = [
  ['nodejs_eventloop_lag_seconds', 'Mean delay of the event loop since the last scrape.', 'mean'],
  ['nodejs_eventloop_lag_min_seconds', 'Least delay of the event loop since the last scrape.', 'min'],
  ['nodejs_eventloop_lag_max_seconds', 'Greatest delay of the event loop since the last scrape.', 'max'],
  ['nodejs_eventloop_lag_stddev_seconds', 'Deviation of the delays since the last scrape.', 'stddev'],
  ['nodejs_eventloop_lag_p50_seconds', 'Median of the delays since the last scrape.', 'p50'],
  ['nodejs_eventloop_lag_p90_seconds', '90th percentile of the delays since the last scrape.', 'p90'],
  ['nodejs_eventloop_lag_p99_seconds', '99th percentile of the delays since the last scrape.', 'p99'],
] as const;

/**
 * Enters the metrics of this process, measured from now on and read at each scrape: CPU, memory, descriptors, event-loop
 * delay and utilisation, garbage collections by kind, active resources.
 */
export function collectRuntimeMetrics(registry: MetricsRegistry, options: RuntimeMetricsOptions = {}): RuntimeMetrics {
  const { prefix = '', gcBuckets = GC_BUCKETS } = options;
  if (registry.get(`${prefix}nodejs_active_resources`) !== undefined) {
    throw new RangeError(`The registry has the metrics of this process already, with the prefix "${prefix}"`);
  }
  const probe = options.probe ?? nodeRuntime();
  const show = new RuntimeGauges(registry, prefix);
  let closed = probe === undefined;
  const cpu = cpuCounters(registry, prefix);
  registry.gauge({
    name: `${prefix}nodejs_active_resources`,
    help: 'What keeps the event loop alive, by kind.',
    labels: ['type'],
    collect: async (resources) => {
      if (closed || probe === undefined) return;
      const reading = await probe.read();
      cpu(reading);
      show.take(reading);
      resources.clear();
      for (const [type, count] of Object.entries(reading.activeResources ?? {})) resources.labels({ type }).set(count);
    },
  });
  const gc = registry.histogram({
    name: `${prefix}nodejs_gc_duration_seconds`,
    help: 'Pauses of the garbage collector, by kind.',
    unit: 'seconds',
    labels: ['kind'],
    buckets: gcBuckets,
  });
  probe?.onGc((kind, seconds) => {
    if (!closed) gc.labels({ kind }).observe(seconds);
  });
  const close = (): void => {
    if (!closed) probe?.close();
    closed = true;
  };
  return { close, [disposeSymbol]: close } as RuntimeMetrics;
}

/** Counters that follow what the platform has counted itself. */
function cpuCounters(registry: MetricsRegistry, prefix: string): (reading: RuntimeReading) => void {
  const follow = (name: string, help: string): ((seconds: number | undefined) => void) => {
    let counter: Counter<never> | undefined;
    let seen = 0;
    return (seconds) => {
      if (seconds === undefined) return;
      counter ??= registry.counter({ name: prefix + name, help, unit: 'seconds' });
      counter.inc(Math.max(0, seconds - seen));
      seen = Math.max(seen, seconds);
    };
  };
  const user = follow('process_cpu_user_seconds', 'CPU time spent in user code, in seconds.');
  const system = follow('process_cpu_system_seconds', 'CPU time spent in the kernel, in seconds.');
  const both = follow('process_cpu_seconds', 'CPU time spent, in seconds.');
  return ({ cpuUserSeconds, cpuSystemSeconds }) => {
    user(cpuUserSeconds);
    system(cpuSystemSeconds);
    if (cpuUserSeconds !== undefined) both(cpuUserSeconds + (cpuSystemSeconds ?? 0));
  };
}

/** Gauges that come into being with the first value: what the platform does not tell is not shown. */
class RuntimeGauges {
  readonly #registry: MetricsRegistry;
  readonly #prefix: string;
  readonly #gauges = new Map<string, Gauge<never>>();
  #versionShown = false;

  constructor(registry: MetricsRegistry, prefix: string) {
    this.#registry = registry;
    this.#prefix = prefix;
  }

  take(reading: RuntimeReading): void {
    for (const [name, help, field] of GAUGES) this.#set(name, help, reading[field]);
    for (const [name, help, field] of LAGS) this.#set(name, help, reading.loopDelay?.[field]);
    const prefix = this.#prefix;
    if (reading.version !== undefined && !this.#versionShown) {
      this.#versionShown = true;
      const facts = { version: reading.version };
      this.#registry.info({ name: `${prefix}nodejs_version`, help: 'The version of the runtime.', facts });
    }
    if (reading.heapSpaces === undefined) return;
    for (const kind of ['total', 'used', 'available'] as const) {
      const spaces = this.#registry.gauge({
        name: `${prefix}nodejs_heap_space_size_${kind}_bytes`,
        help: `Bytes of the spaces of the heap: ${kind}.`,
        labels: ['space'],
      });
      for (const space of reading.heapSpaces) spaces.labels({ space: space.name }).set(space[`${kind}Bytes`]);
    }
  }

  #set(name: string, help: string, value: number | undefined): void {
    if (value === undefined) return;
    let gauge = this.#gauges.get(name);
    if (gauge === undefined) {
      gauge = this.#registry.gauge({ name: this.#prefix + name, help });
      this.#gauges.set(name, gauge);
    }
    gauge.set(value);
  }
}
