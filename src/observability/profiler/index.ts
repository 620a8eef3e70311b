/** `ashlar/observability/profiler`: where the time and the memory of a program go, and what it waits for. */
export type {
  CallFrame,
  CpuProfile,
  HeapProfileNode,
  IoListener,
  ProfilingProbe,
} from '../../ports/profiling.js';
export { type Bottleneck, type BottleneckKind, findBottlenecks, type Measured } from './bottlenecks.js';
export { CpuReport } from './cpu.js';
export { EventLoopProfiler, type EventLoopProfilerOptions, type LoopBlock, type LoopReport } from './event-loop.js';
export { type FlameGraphOptions, flameGraph } from './flame-graph.js';
export { HeapReport, LeakDetector, type LeakVerdict } from './heap.js';
export { type IoKind, IoTally, type IoUsage, ioKindOf } from './io.js';
export { NoProfilerError, type ProfileOptions, type ProfileReport, profile } from './profile.js';
export { profileCpu, profileHeap, profileIo } from './profilers.js';
export { foldedText, type HotFunction, hotFunctions, labelOf, parseFolded, type StackNode } from './stacks.js';
