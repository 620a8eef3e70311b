// Compiles every kernel under assembly/ (each folder with an index.ts) and writes it as an importable
// TypeScript source under bindings/generated/. Skips kernels whose sources have not changed.
//
//   node scripts/build-wasm.mjs [--debug] [--force] [--wat]

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const flags = new Set(process.argv.slice(2));
const debug = flags.has('--debug');
/** Debug kernels keep their assertion texts in the first mebibyte, each kernel in a place of its own. */
const DEBUG_TEXT_BYTES = 8192;
const DEBUG_TEXT_PAGES = 16;

const sources = walk(join(root, 'assembly')).filter((file) => file.endsWith('.ts'));
const kernels = sources
  .filter((file) => file.endsWith('/index.ts'))
  .map((file) => relative(join(root, 'assembly'), dirname(file)))
  .sort();

/** Kernels that are also built over a shared memory, with atomic operations: what several threads work on at once. */
const SHARED = new Set([
  'memory/arena',
  'cache/byte-cache',
  'resilience/rate-limiter',
  'sketches/shared-histogram',
  'structures/shared-counter',
  'structures/shared-hash-table',
]);
const variants = debug
  ? kernels
  : kernels.flatMap((kernel) => (SHARED.has(kernel) ? [kernel, `shared/${kernel}`] : [kernel]));

const outDir = join(root, 'build', debug ? 'wasm-debug' : 'wasm');
const outdated = variants.filter((kernel) => flags.has('--force') || flags.has('--wat') || !isCurrent(kernel));

if (isMainThread) await compileAll();
else parentPort.on('message', async (kernel) => parentPort.postMessage({ kernel, problem: await make(kernel) }));

/** Compiles what is outdated on every core; a kernel that fails does not keep the others from being built. */
async function compileAll() {
  process.chdir(root);
  const problems = [];
  const queue = [...outdated];
  const next = (worker) => (queue.length > 0 ? worker.postMessage(queue.shift()) : worker.terminate());
  const workers = Array.from({ length: Math.min(availableParallelism(), queue.length) }, () => {
    const worker = new Worker(fileURLToPath(import.meta.url), { argv: process.argv.slice(2) });
    worker.on('message', ({ kernel, problem }) => {
      if (problem !== undefined) problems.push(`kernel ${kernel}: ${problem}`);
      next(worker);
    });
    const ended = new Promise((done) => worker.on('exit', done));
    worker.on('error', (error) => problems.push(String(error.stack)));
    next(worker);
    return ended;
  });
  await Promise.all(workers);
  if (!debug) removeForgotten();
  for (const problem of problems) console.error(problem);
  process.exit(problems.length > 0 ? 1 : 0);
}

/** Compiles one kernel; what is wrong with it, if anything. */
async function make(kernel) {
  const stamp = digestOf(kernel);
  rmSync(stampOf(kernel), { force: true });
  const { wasm, problem } = await compile(kernel, kernels.indexOf(kernel));
  if (problem !== undefined) return problem;
  if (!debug) {
    const problems = blemishes(wasm);
    if (problems.length > 0) return problems.join('; ');
    const generated = generatedOf(kernel);
    mkdirSync(dirname(generated), { recursive: true });
    writeFileSync(
      `${generated}.${process.pid}`,
      `// Kernel ${kernel}, ${wasm.length} bytes. Written by scripts/build-wasm.mjs.\nexport const wasm: string | WebAssembly.Module =\n  '${wasm.toString('hex')}';\n`,
    );
    renameSync(`${generated}.${process.pid}`, generated);
  }
  writeFileSync(stampOf(kernel), stamp);
  return undefined;
}

async function compile(kernel, index) {
  const outFile = join(outDir, `${kernel}.wasm`);
  // Under a name of its own first: two builds may run at once, and a half-written file must never be read.
  const freshFile = join(outDir, `${kernel}.${process.pid}.wasm`);
  mkdirSync(dirname(outFile), { recursive: true });
  const args = [
    `assembly/${sourceOf(kernel)}/index.ts`,
    '--config',
    'asconfig.json',
    '--target',
    debug ? 'debug' : 'release',
    '-o',
    relative(root, freshFile),
  ];
  if (kernel !== sourceOf(kernel)) args.push('--enable', 'threads', '--sharedMemory', '--maximumMemory', '65535');
  if (flags.has('--wat')) args.push('-t', relative(root, outFile.replace(/wasm$/, 'wat')));
  if (debug) {
    args.push('--memoryBase', String(4096 + index * DEBUG_TEXT_BYTES), '--initialMemory', String(DEBUG_TEXT_PAGES));
  }
  // The compiler is loaded by workers only: the check that nothing is outdated stays quick.
  const { default: asc } = await import('assemblyscript/asc');
  const { error, stderr } = await asc.main(args);
  // The optimiser's note that its last round was not its best one asks nothing of anybody.
  const warnings = stderr.toString().replace('Last converge was suboptimal.', '').trim();
  if (error) return { problem: `${error.message}\n${warnings}` };
  if (warnings) console.error(warnings);
  renameSync(freshFile, outFile);
  return { wasm: readFileSync(outFile) };
}

/** A kernel imports the memory and nothing else, has no static data, and keeps no state in globals. */
function blemishes(bytes) {
  const module = new WebAssembly.Module(bytes);
  const imports = WebAssembly.Module.imports(module).map(({ module: from, name }) => `${from}.${name}`);
  const problems = [];
  if (imports.join() !== 'env.memory') problems.push(`imports ${imports.join(', ')}`);
  for (const { id, mutableGlobals } of sections(bytes)) {
    if (id === 11) problems.push('has static data');
    if (id === 8) problems.push('has a start function');
    if (mutableGlobals) problems.push(`has ${mutableGlobals} mutable global(s)`);
  }
  return problems;
}

function* sections(bytes) {
  let at = 8;
  const leb = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  };
  while (at < bytes.length) {
    const id = bytes[at++];
    const size = leb();
    const end = at + size;
    let mutableGlobals = 0;
    if (id === 6) {
      for (let count = leb(); count > 0; count--) {
        at++;
        if (bytes[at++] === 1) mutableGlobals++;
        // The initialiser of a number: opcode, literal, end.
        const width = { 67: 4, 68: 8 }[bytes[at++]];
        if (width) at += width;
        else leb();
        at++;
      }
    }
    yield { id, mutableGlobals };
    at = end;
  }
}

function isCurrent(kernel) {
  return (
    existsSync(stampOf(kernel)) &&
    existsSync(join(outDir, `${kernel}.wasm`)) &&
    (debug || existsSync(generatedOf(kernel))) &&
    readFileSync(stampOf(kernel), 'utf8') === digestOf(kernel)
  );
}

/** Everything that decides a kernel's bytes: its sources and what they import, the options, the compiler, its place. */
function digestOf(kernel) {
  const digest = createHash('sha256').update(debug ? `${kernels.indexOf(kernel)}` : kernel);
  const files = [...importsOf(join(root, 'assembly', sourceOf(kernel), 'index.ts'))].sort();
  for (const file of [
    ...files,
    join(root, 'asconfig.json'),
    join(root, 'package-lock.json'),
    fileURLToPath(import.meta.url),
  ]) {
    digest.update(`${relative(root, file)}\0`).update(existsSync(file) ? readFileSync(file) : 'missing');
  }
  return digest.digest('hex');
}

/** The file and every file it imports, near or far. */
function importsOf(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  if (!existsSync(file)) return seen;
  for (const [, path] of readFileSync(file, 'utf8').matchAll(/\bfrom\s*['"](\.[^'"]+)['"]/g)) {
    const target = resolve(dirname(file), path);
    importsOf(existsSync(`${target}.ts`) ? `${target}.ts` : join(target, 'index.ts'), seen);
  }
  return seen;
}

/** Removes what was generated from kernels that are no more. */
function removeForgotten() {
  const generated = join(root, 'bindings/generated');
  if (!existsSync(generated)) return;
  for (const file of walk(generated)) {
    if (!variants.includes(relative(generated, file).replace(/\.wasm\.ts$/, ''))) rmSync(file);
  }
}

/** The kernel whose sources a variant is built from. */
function sourceOf(variant) {
  return variant.replace(/^shared\//, '');
}

function stampOf(kernel) {
  return join(outDir, `${kernel}.stamp`);
}

function generatedOf(kernel) {
  return join(root, 'bindings/generated', `${kernel}.wasm.ts`);
}

function walk(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? walk(join(dir, entry.name)) : [join(dir, entry.name)],
  );
}
