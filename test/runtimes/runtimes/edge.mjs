// Edge runtimes, which forbid compiling bytes: workerd (by Miniflare) and @edge-runtime/vm.

import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundle } from '../bundle.mjs';

const TIMEOUT_MS = 60_000;

export async function* edge(project, wanted) {
  for (const [runtime, start] of [
    ['workerd', inWorkerd],
    ['edge-runtime vm', inEdgeVm],
  ]) {
    if (!wanted(runtime)) continue;
    try {
      yield { runtime, ...(await start(project)) };
    } catch (error) {
      yield { runtime, error: error.stack };
    }
  }
}

async function inWorkerd(project) {
  const { Miniflare } = await import('miniflare').catch(missing);
  const outdir = join(project, 'workerd');
  mkdirSync(outdir, { recursive: true });
  // What Cloudflare's own bundling does: static imports of .wasm files stay, as modules of their own.
  await bundle({
    entryPoints: [join(project, 'entries/worker.js')],
    outdir,
    conditions: ['workerd', 'worker', 'browser'],
    loader: { '.wasm': 'copy' },
  });
  const modules = readdirSync(outdir).map((file) => ({
    type: file.endsWith('.wasm') ? 'CompiledWasm' : 'ESModule',
    path: join(outdir, file),
    contents: readFileSync(join(outdir, file)),
  }));
  modules.sort((a, b) => (a.type < b.type ? 1 : -1));
  const miniflare = new Miniflare({
    modules,
    modulesRoot: outdir,
    compatibilityDate: '2026-01-01',
    cf: false,
    host: '127.0.0.1',
  });
  try {
    const response = await withTimeout(miniflare.dispatchFetch('http://localhost/'), 'workerd');
    const text = await response.text();
    if (!response.ok) throw new Error(`workerd answered ${response.status}: ${text}`);
    return { version: versionOf('workerd'), report: JSON.parse(text) };
  } finally {
    await miniflare.dispose();
  }
}

async function inEdgeVm(project) {
  const { EdgeVM } = await import('@edge-runtime/vm').catch(missing);
  const modules = {};
  const { outputFiles } = await bundle({
    entryPoints: [join(project, 'entries/global.js')],
    write: false,
    format: 'iife',
    conditions: ['edge-light'],
    plugins: [precompiledWasm(modules)],
  });
  const vm = new EdgeVM({
    codeGeneration: { strings: false, wasm: false },
    extend: (context) => Object.assign(context, { kernelModules: modules }),
  });
  // Proof that the runtime is as strict as the ones it stands for.
  const refused = vm.evaluate("try { new Function('') ; 'allowed' } catch { 'refused' }");
  if (refused !== 'refused') throw new Error('the edge VM allowed code generation');
  vm.evaluate(outputFiles[0].text);
  const text = await withTimeout(vm.evaluate('report'), 'edge-runtime vm');
  return { version: versionOf('@edge-runtime/vm'), report: JSON.parse(text) };
}

/** What the hosts of this runtime do with `import m from 'x.wasm?module'`: compile it ahead, outside. */
function precompiledWasm(modules) {
  return {
    name: 'precompiled-wasm',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\.wasm\?module$/ }, ({ path, resolveDir }) => ({
        path: resolve(resolveDir, path.replace(/\?module$/, '')),
        namespace: 'precompiled-wasm',
      }));
      onLoad({ filter: /.*/, namespace: 'precompiled-wasm' }, ({ path }) => {
        modules[path] = new WebAssembly.Module(readFileSync(path));
        return { contents: `export default kernelModules[${JSON.stringify(path)}];` };
      });
    },
  };
}

function versionOf(name) {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../node_modules', name, 'package.json'), 'utf8')).version;
}

function missing(error) {
  throw new Error(`not installed: ${error.message}`);
}

function withTimeout(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} gave no report in ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
