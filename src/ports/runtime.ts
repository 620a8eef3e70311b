/** Runtime: what a process and its JavaScript engine say of themselves, where the platform tells. */

/** What is known at one moment; what a platform does not tell is left out. */
export interface RuntimeReading {
  readonly cpuUserSeconds?: number;
  readonly cpuSystemSeconds?: number;
  /** Seconds since 1970. */
  readonly startTimeSeconds?: number;
  readonly residentBytes?: number;
  readonly heapTotalBytes?: number;
  readonly heapUsedBytes?: number;
  readonly externalBytes?: number;
  readonly arrayBufferBytes?: number;
  readonly openDescriptors?: number;
  readonly maxDescriptors?: number;
  /** The share of the time since the last reading in which the event loop was busy, from 0 to 1. */
  readonly loopUtilization?: number;
  /** Delays of the event loop since the last reading, in seconds. */
  readonly loopDelay?: {
    readonly min: number;
    readonly max: number;
    readonly mean: number;
    readonly stddev: number;
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
  };
  /** What keeps the event loop alive, by kind. */
  readonly activeResources?: Readonly<Record<string, number>>;
  readonly heapSpaces?: readonly {
    readonly name: string;
    readonly totalBytes: number;
    readonly usedBytes: number;
    readonly availableBytes: number;
  }[];
  readonly version?: string;
}

/** Kinds of garbage collection. */
export type GcKind = 'minor' | 'major' | 'incremental' | 'weakcb' | 'other';

export interface RuntimeProbe {
  read(): RuntimeReading | Promise<RuntimeReading>;
  /** Tells of each garbage collection. The probe ends it when it is closed. */
  onGc(listener: (kind: GcKind, seconds: number) => void): void;
  close(): void;
}
