/**
 * Node's own modules, asked for at run time: a static import would keep bundles for browsers and edge runtimes, which
 * never come here, from being built.
 */

interface Builtins {
  'node:net': typeof import('node:net');
  'node:http': typeof import('node:http');
  'node:fs': typeof import('node:fs');
}

/** @throws Error naming the module where the runtime has none */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  const host = (globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }).process;
  const module = host?.getBuiltinModule?.(name);
  if (module === undefined) throw new Error(`This runtime has no ${name}`);
  return module as Builtins[Name];
}
