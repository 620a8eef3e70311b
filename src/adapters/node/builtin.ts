/**
 * Node's own modules, asked for at run time: a static import would keep bundles for browsers and edge runtimes, which
 * never come here, from being built.
 */

interface Builtins {
  'node:net': typeof import('node:net');
  'node:http': typeof import('node:http');
  'node:fs': typeof import('node:fs');
  'node:os': typeof import('node:os');
  'node:worker_threads': typeof import('node:worker_threads');
  'node:perf_hooks': typeof import('node:perf_hooks');
  'node:v8': typeof import('node:v8');
  'node:async_hooks': typeof import('node:async_hooks');
  'node:inspector': typeof import('node:inspector');
}

/** @throws Error naming the module where the runtime has none */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  const module = find(name);
  if (module === undefined) throw new Error(`This runtime has no ${name}`);
  return module as Builtins[Name];
}

/** Whether the runtime has all of these. */
export function hasBuiltins(...names: readonly (keyof Builtins)[]): boolean {
  return names.every((name) => find(name) !== undefined);
}

function find(name: string): unknown {
  const host = (globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }).process;
  return host?.getBuiltinModule?.(name);
}
