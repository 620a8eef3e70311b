/**
 * Loading ahead of use. Optional: without it each kernel is compiled, synchronously, when it is first needed.
 *
 * A browser page calls `init()` to compile off its main thread; a worker calls `initSync()` with the modules its
 * creator already has. Both cover the kernels of what `ashlar` itself exports.
 */

import { compileKernels, type Kernel, type KernelSource, moduleOf, registerModules } from '../bindings/kernel.js';
import { hashKernel } from '../bindings/kernels/codecs/hash.js';
import { arenaKernel } from '../bindings/kernels/memory/arena.js';
import { hashTableKernel } from '../bindings/kernels/structures/hash-table.js';
import { numberMapKernel } from '../bindings/kernels/structures/number-map.js';

/** Compiled kernels by name, for example `memory/arena`. May be posted to a worker. */
export type KernelModules = Readonly<Record<string, WebAssembly.Module>>;

/** Where to take kernels from instead of the bytes in the package, by kernel name. */
export type KernelSources = Readonly<Record<string, KernelSource>>;

function rootKernels(): readonly Kernel<unknown>[] {
  return [arenaKernel, hashKernel, hashTableKernel, numberMapKernel];
}

/**
 * Compiles the kernels off the main thread and resolves to them.
 *
 * @param sources a URL, Response, `WebAssembly.Module` or bytes per kernel; default: the bytes in the package.
 *   The files are exported as `ashlar/wasm/<kernel>.wasm`
 * @throws TypeError when `sources` names a kernel that the package does not have
 * @throws WebAssembly.CompileError when a source is not WebAssembly, or a policy forbids compiling
 */
export async function init(sources: KernelSources = {}): Promise<KernelModules> {
  const kernels = rootKernels();
  assertKnown(kernels, Object.keys(sources));
  await compileKernels(kernels, sources);
  return Object.fromEntries(kernels.map((kernel) => [kernel.name, moduleOf(kernel)]));
}

/**
 * Takes modules that were compiled elsewhere: what `init()` resolved to, posted to this worker.
 *
 * @throws TypeError when `modules` names a kernel that the package does not have, or holds something else
 */
export function initSync(modules: KernelModules): void {
  const kernels = rootKernels();
  assertKnown(kernels, Object.keys(modules));
  registerModules(kernels, modules);
}

function assertKnown(kernels: readonly Kernel<unknown>[], names: readonly string[]): void {
  for (const name of names) {
    if (kernels.some((kernel) => kernel.name === name)) continue;
    const known = kernels.map((kernel) => kernel.name).join(', ');
    throw new TypeError(`No kernel is named "${name}"; expected one of: ${known}`);
  }
}
