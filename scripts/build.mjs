// Builds the package: kernels, then one tree of JavaScript and declarations for each way of loading WebAssembly.
//
//   node scripts/build.mjs [--force]
//
//   dist/wasm/…       the kernels as files
//   dist/default/…    WebAssembly as hexadecimal text inside the modules, and the declarations of all trees
//   dist/workerd/…    the same JavaScript, but each *.wasm.js imports its file as a module: `import m from '….wasm'`
//   dist/edge-light/… the same with `'….wasm?module'`

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const stampFile = join(root, 'build/dist.stamp');
const buildInfoFile = join(root, 'build/dist.tsbuildinfo');
const lockDir = join(root, 'build/dist.lock');
const LOCK_TIMEOUT_MS = 90_000;
const LOCK_POLL_MS = 50;
/** Trees beside `default`: how each names a kernel's file. */
const STATIC_TREES = { workerd: '', 'edge-light': '?module' };
/** Command-line code needs Node: it stands in the default tree only. */
const DEFAULT_TREE_ONLY = ['src/cli/'];

if (process.argv[1] === fileURLToPath(import.meta.url)) build({ force: process.argv.includes('--force') });

/** True when dist/ was built from the sources as they are. */
export function isCurrent() {
  return (
    existsSync(stampFile) && readFileSync(stampFile, 'utf8') === digestOfSources() && existsSync(join(dist, 'wasm'))
  );
}

/** Builds what is outdated; ends the process with the compiler's messages when something does not compile. */
export function build({ force = false } = {}) {
  if (!force && isCurrent()) return;
  const unlock = lock();
  try {
    // Whoever held the lock may have built it all.
    if (force || !isCurrent()) buildOutdated(force);
  } finally {
    unlock();
  }
}

function buildOutdated(force) {
  const digest = digestOfSources();
  rmSync(stampFile, { force: true });
  if (force) rmSync(dist, { recursive: true, force: true });
  runNode('scripts/build-wasm.mjs');
  compileTypeScript();
  const kernels = copyKernels();
  for (const [tree, query] of Object.entries(STATIC_TREES)) writeStaticTree(tree, query);
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, digest);
  console.error(`built dist/: ${kernels} kernel(s), trees default, ${Object.keys(STATIC_TREES).join(', ')}`);
}

/** One build at a time: tests may start several programs that each find dist/ outdated. */
function lock() {
  mkdirSync(dirname(lockDir), { recursive: true });
  const deadline = Date.now() + LOCK_TIMEOUT_MS;
  for (;;) {
    try {
      mkdirSync(lockDir);
      const unlock = () => rmSync(lockDir, { recursive: true, force: true });
      // A failed build ends the process where it is.
      process.once('exit', unlock);
      return unlock;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    // A build that was killed leaves its lock behind.
    if (Date.now() > deadline) rmSync(lockDir, { recursive: true, force: true });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_POLL_MS);
  }
}

function digestOfSources() {
  const digest = createHash('sha256');
  const files = ['bindings', 'src', 'assembly', 'scripts/build.mjs', 'scripts/build-wasm.mjs', 'asconfig.json']
    .concat('tsconfig.json', 'tsconfig.build.json', 'package-lock.json')
    .flatMap((path) => (path.includes('.') ? [path] : walk(join(root, path)).map((file) => relative(root, file))))
    .filter((file) => !file.startsWith(join('bindings', 'generated')))
    .sort();
  for (const file of files) digest.update(`${file}\0`).update(readFileSync(join(root, file)));
  return digest.digest('hex');
}

function compileTypeScript() {
  // The compiler's memory of what it wrote is worth nothing when someone removed it.
  if (!existsSync(join(dist, 'default'))) rmSync(buildInfoFile, { force: true });
  const tsc = () => runNode('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json');
  tsc();
  if (missingOutputs().length > 0) {
    rmSync(buildInfoFile, { force: true });
    tsc();
  }
  const missing = missingOutputs();
  if (missing.length > 0) fail(`the TypeScript compiler did not write ${missing.join(', ')}`);
  removeOutputsWithoutSource();
}

function missingOutputs() {
  return ['bindings', 'src']
    .flatMap((dir) => walk(join(root, dir)))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map((file) => join(dist, 'default', relative(root, file).replace(/\.ts$/, '.js')))
    .filter((file) => !existsSync(file));
}

function removeOutputsWithoutSource() {
  for (const file of walk(join(dist, 'default'))) {
    const stem = relative(join(dist, 'default'), file).replace(/\.(d\.ts|js)$/, '');
    if (!existsSync(join(root, `${stem}.ts`))) rmSync(file);
  }
}

function copyKernels() {
  const from = join(root, 'build/wasm');
  const files = walk(join(root, 'bindings/generated')).map((file) =>
    relative(join(root, 'bindings/generated'), file).replace(/\.ts$/, ''),
  );
  rmSync(join(dist, 'wasm'), { recursive: true, force: true });
  for (const file of files) {
    const to = join(dist, 'wasm', file);
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(join(from, file), to);
  }
  return files.length;
}

function writeStaticTree(tree, query) {
  const target = join(dist, tree);
  rmSync(target, { recursive: true, force: true });
  for (const file of walk(join(dist, 'default'))) {
    const path = relative(join(dist, 'default'), file);
    if (!path.endsWith('.js') || DEFAULT_TREE_ONLY.some((prefix) => path.startsWith(prefix))) continue;
    const to = join(target, path);
    mkdirSync(dirname(to), { recursive: true });
    const kernel = /^bindings\/generated\/(.*\.wasm)\.js$/.exec(path.split(sep).join('/'))?.[1];
    if (kernel === undefined) copyFileSync(file, to);
    else
      writeFileSync(
        to,
        staticSource(
          relative(dirname(to), join(dist, 'wasm', kernel))
            .split(sep)
            .join('/'),
          query,
        ),
      );
  }
}

/** A kernel's source where bytes may not be compiled: the platform hands over the compiled module. */
function staticSource(path, query) {
  return `import module from '${path}${query}';\nexport const wasm = module;\n`;
}

function runNode(...args) {
  const { status, signal } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) fail(`${args[0]} ended with ${signal ?? `exit code ${status}`}`);
}

function fail(message) {
  console.error(`build: ${message}`);
  process.exit(1);
}

function walk(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? walk(join(dir, entry.name)) : [join(dir, entry.name)],
  );
}
