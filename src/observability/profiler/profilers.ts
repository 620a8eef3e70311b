/** One thing at a time: `profileCpu`, `profileHeap`, `profileIo`. */

import type { CpuReport } from './cpu.js';
import type { HeapReport } from './heap.js';
import type { IoUsage } from './io.js';
import { type ProfileOptions, profile } from './profile.js';

type Options = Omit<ProfileOptions, 'cpu' | 'heap' | 'loop' | 'io'>;
const NOTHING = { cpu: false, heap: false, loop: false, io: false };

/** Samples the stack for so long, or while a function runs. As `profile`. */
export async function profileCpu(what: number | (() => unknown), options: Options = {}): Promise<CpuReport> {
  const { cpu } = await profile(what, { ...options, ...NOTHING, cpu: true });
  return cpu as CpuReport;
}

/** Samples what is allocated for so long, or while a function runs. As `profile`. */
export async function profileHeap(what: number | (() => unknown), options: Options = {}): Promise<HeapReport> {
  const { heap } = await profile(what, { ...options, ...NOTHING, heap: true });
  return heap as HeapReport;
}

/** Follows what the process waits for, for so long, or while a function runs. As `profile`. */
export async function profileIo(what: number | (() => unknown), options: Options = {}): Promise<readonly IoUsage[]> {
  const { io } = await profile(what, { ...options, ...NOTHING, io: true });
  return io as readonly IoUsage[];
}
