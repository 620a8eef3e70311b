/** Profiling by Node: its inspector, in this thread, and its async hooks. */

import type { CpuProfile, HeapProfileNode, IoListener, ProfilingProbe } from '../../ports/profiling.js';
import { builtin, hasBuiltins } from './builtin.js';

/** Operations: over when their callback runs. All else is over when it is destroyed. */
const OPERATIONS =
  /REQ|CONNECTWRAP|SHUTDOWNWRAP|WRITEWRAP|QUERYWRAP|SENDWRAP|RANDOMBYTES|PBKDF2|SCRYPT|CHECKPRIME|KEYGEN/;
/** What is of this process alone: no I/O. */
const UNWATCHED = new Set(['PROMISE', 'TickObject', 'Immediate', 'Microtask', 'SCRIPT', 'INSPECTORJSBINDING']);

/** A probe of its own; `undefined` where the runtime has no inspector. To be closed. */
export function nodeProfiling(): ProfilingProbe | undefined {
  if (!hasBuiltins('node:inspector', 'node:async_hooks', 'node:perf_hooks')) return undefined;
  const { Session } = builtin('node:inspector');
  const session = new Session();
  session.connect();
  let closed = false;
  let stopWatching: (() => void) | undefined;
  const post = <T>(method: string, parameters: object = {}): Promise<T> =>
    new Promise((resolve, reject) => {
      session.post(method, parameters, (error, result) => {
        if (error === null) resolve(result as T);
        else reject(new Error(`${method}: ${error.message}`));
      });
    });
  return {
    async startCpu(interval) {
      await post('Profiler.enable');
      await post('Profiler.setSamplingInterval', { interval });
      await post('Profiler.start');
    },
    async stopCpu() {
      const { profile } = await post<{ profile: CpuProfile }>('Profiler.stop');
      await post('Profiler.disable');
      // V8 counts from where hrtime does.
      const aheadMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();
      return { profile, startMs: profile.startTime / 1000 - aheadMs };
    },
    async startHeap(samplingInterval) {
      await post('HeapProfiler.enable');
      await post('HeapProfiler.startSampling', { samplingInterval });
    },
    async stopHeap() {
      const { profile } = await post<{ profile: { head: HeapProfileNode } }>('HeapProfiler.stopSampling');
      await post('HeapProfiler.disable');
      return profile.head;
    },
    watchIo(listener) {
      stopWatching?.();
      stopWatching = watch(listener);
      return stopWatching;
    },
    heapUsedBytes: () => process.memoryUsage().heapUsed,
    close() {
      stopWatching?.();
      if (!closed) session.disconnect();
      closed = true;
    },
  };
}

function watch(listener: IoListener): () => void {
  const { createHook } = builtin('node:async_hooks');
  const operations = new Set<number>();
  const hook = createHook({
    init(id, type) {
      if (UNWATCHED.has(type)) return;
      if (OPERATIONS.test(type)) operations.add(id);
      listener.begin(id, type);
    },
    before(id) {
      if (operations.delete(id)) listener.end(id);
    },
    destroy(id) {
      operations.delete(id);
      listener.end(id);
    },
  });
  hook.enable();
  return () => void hook.disable();
}
