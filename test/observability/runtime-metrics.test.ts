import { describe, expect, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import { collectRuntimeMetrics, MetricsRegistry, type RuntimeReading } from '../../src/observability/metrics/index.js';

describe('collectRuntimeMetrics', () => {
  it('shows what a probe tells, and nothing that it does not', async () => {
    const metrics = new MetricsRegistry({ arena: new Arena() });
    let reading: RuntimeReading = { cpuUserSeconds: 2, cpuSystemSeconds: 1, activeResources: { Timeout: 2, TCP: 1 } };
    let onGc: (kind: 'minor', seconds: number) => void = () => {};
    let closed = 0;
    const probe = {
      read: () => reading,
      onGc: (listener: typeof onGc) => {
        onGc = listener;
      },
      close: () => closed++,
    };
    const runtime = collectRuntimeMetrics(metrics, { prefix: 'my_', probe });
    expect(() => collectRuntimeMetrics(metrics, { prefix: 'my_', probe })).toThrow('already');
    onGc('minor', 0.005);
    const text = await metrics.text();
    expect(text).toContain('my_process_cpu_seconds_total 3\n');
    expect(text).toContain('my_nodejs_active_resources{type="Timeout"} 2\n');
    expect(text).toContain('my_nodejs_gc_duration_seconds_bucket{kind="minor",le="0.01"} 1\n');
    expect(text).not.toContain('fds');
    reading = { cpuUserSeconds: 2.5, cpuSystemSeconds: 1, activeResources: { TCP: 3 }, openDescriptors: 9 };
    const later = await metrics.text();
    expect(later).toContain('my_process_cpu_user_seconds_total 2.5\n');
    expect(later).toContain('my_process_open_fds 9\n');
    expect(later).not.toContain('Timeout');
    runtime.close();
    runtime.close();
    reading = { openDescriptors: 1 };
    onGc('minor', 1);
    expect(await metrics.text()).toContain('my_process_open_fds 9\n');
    expect(closed).toBe(1);
  });

  it('measures this process', async () => {
    const metrics = new MetricsRegistry({ arena: new Arena() });
    using _runtime = collectRuntimeMetrics(metrics);
    await metrics.text();
    const text = await metrics.text();
    const value = (name: string) => Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]);
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e7);
    expect(value('process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(value('process_open_fds')).toBeGreaterThan(2);
    expect(value('nodejs_eventloop_utilization')).toBeGreaterThanOrEqual(0);
    expect(value('nodejs_eventloop_lag_seconds')).toBeGreaterThanOrEqual(0);
    expect(text).toContain(`nodejs_version_info{version="${process.version}"} 1`);
    expect(text).toMatch(/nodejs_heap_space_size_used_bytes\{space="old"\} \d+/);
  });
});
