/** Profiling: what an engine tells of where time and memory go, and of what a process waits for. */

/** Where a function stands. Lines and columns count from 0; −1 where there is none. */
export interface CallFrame {
  readonly functionName: string;
  readonly scriptId: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** A CPU profile as V8 gives it, which Chrome's and other tools open: the contents of a `.cpuprofile`. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
    readonly hitCount?: number;
    readonly children?: readonly number[];
  }[];
  /** Microseconds of a monotonic clock. */
  readonly startTime: number;
  readonly endTime: number;
  /** The node that each sample met. */
  readonly samples: readonly number[];
  /** Microseconds between each sample and the one before. */
  readonly timeDeltas: readonly number[];
}

/** A node of a sampled heap profile: what it allocated that still lived at the end. */
export interface HeapProfileNode {
  readonly callFrame: CallFrame;
  readonly selfSize: number;
  readonly children: readonly HeapProfileNode[];
}

/** Told of operations and resources of the platform as they come and go. */
export interface IoListener {
  begin(id: number, type: string): void;
  end(id: number): void;
}

export interface ProfilingProbe {
  startCpu(intervalMicros: number): Promise<void>;
  /** The profile, and its beginning in milliseconds of `Clock.monotonic`. */
  stopCpu(): Promise<{ readonly profile: CpuProfile; readonly startMs: number }>;
  startHeap(intervalBytes: number): Promise<void>;
  stopHeap(): Promise<HeapProfileNode>;
  /** @returns what ends it */
  watchIo(listener: IoListener): () => void;
  heapUsedBytes(): number;
  /** Ends whatever is under way. Idempotent. */
  close(): void;
}
