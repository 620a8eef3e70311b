/**
 * Kernels: compiled WebAssembly modules, found by name, compiled at first use, instantiated once per arena.
 *
 * A kernel's source is either the module's bytes as hexadecimal text (the default tree, works wherever bytes
 * may be compiled) or a ready `WebAssembly.Module` (the `workerd` and `edge-light` trees, where they may not).
 */

/** Anything a kernel can be made from. */
export type KernelSource = string | WebAssembly.Module | BufferSource | URL | Response;

/** A kernel: its name, where its code comes from, and (as a type only) what it exports. */
export interface Kernel<Exports> {
  /** Path of the kernel under `assembly/`, for example `structures/hash-table`. */
  readonly name: string;
  readonly source: string | WebAssembly.Module;
  /** The same over a shared memory, of kernels that several threads may work with at once. */
  readonly shared: string | WebAssembly.Module | undefined;
  /** Never present; carries the type of the exports. */
  readonly exports?: Exports;
}

export function defineKernel<Exports>(
  name: string,
  source: string | WebAssembly.Module,
  shared?: string | WebAssembly.Module,
): Kernel<Exports> {
  return { name, source, shared };
}

// Filled by `moduleOf`, `init` and `initSync` only: importing this file does nothing.
const compiled = new Map<string, WebAssembly.Module>();

/** The kernel's module, compiled now if it has not been. */
export function moduleOf(kernel: Kernel<unknown>): WebAssembly.Module {
  return compiledNow(kernel.name, kernel.source);
}

/** The module of the kernel over a shared memory. @throws TypeError when it has none */
export function sharedModuleOf(kernel: Kernel<unknown>): WebAssembly.Module {
  if (kernel.shared === undefined) {
    throw new TypeError(
      `Kernel "${kernel.name}" works with an arena of one thread only: its structures are not for a shared arena`,
    );
  }
  return compiledNow(`shared/${kernel.name}`, kernel.shared);
}

function compiledNow(name: string, source: string | WebAssembly.Module): WebAssembly.Module {
  let module = compiled.get(name);
  if (module === undefined) {
    module = isModule(source) ? source : new WebAssembly.Module(fromHex(source));
    compiled.set(name, module);
  }
  return module;
}

/**
 * Compiles kernels off the main thread. Optional: without it each kernel compiles at first use (a few milliseconds).
 *
 * @param kernels which kernels to prepare
 * @param sources where to take a kernel from instead of its inlined bytes, by kernel name
 */
export async function compileKernels(
  kernels: readonly Kernel<unknown>[],
  sources: Readonly<Record<string, KernelSource>> = {},
): Promise<void> {
  await Promise.all(
    kernels.map(async (kernel) => {
      const source = sources[kernel.name] ?? kernel.source;
      if (!compiled.has(kernel.name) || kernel.name in sources) {
        compiled.set(kernel.name, await compileAsync(kernel.name, source));
      }
    }),
  );
}

/** Registers modules that were compiled elsewhere (a worker gets them by `postMessage`). */
export function registerModules(
  kernels: readonly Kernel<unknown>[],
  modules: Readonly<Record<string, WebAssembly.Module>>,
): void {
  for (const kernel of kernels) {
    const module = modules[kernel.name];
    if (module === undefined) continue;
    if (!isModule(module))
      throw new TypeError(`Kernel "${kernel.name}": expected a WebAssembly.Module, got ${String(module)}`);
    compiled.set(kernel.name, module);
  }
}

async function compileAsync(name: string, source: KernelSource): Promise<WebAssembly.Module> {
  if (typeof source === 'string') return WebAssembly.compile(fromHex(source));
  if (source instanceof URL) return compileResponse(name, await fetch(source));
  if (typeof Response !== 'undefined' && source instanceof Response) return compileResponse(name, source);
  return isModule(source) ? source : WebAssembly.compile(source as BufferSource);
}

async function compileResponse(name: string, response: Response): Promise<WebAssembly.Module> {
  if (!response.ok) throw new Error(`Kernel "${name}": fetching ${response.url} answered ${response.status}`);
  return WebAssembly.compile(await response.arrayBuffer());
}

/** True for a module of any realm, where `instanceof` fails. */
function isModule(value: unknown): value is WebAssembly.Module {
  return Object.prototype.toString.call(value) === '[object WebAssembly.Module]';
}

function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length >> 1);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = (nibble(text.charCodeAt(2 * i)) << 4) | nibble(text.charCodeAt(2 * i + 1));
  }
  return bytes;
}

/** Value of a lower-case hexadecimal digit. */
function nibble(code: number): number {
  return code < 58 ? code - 48 : code - 87;
}
