// `npm run check`: everything about the project that is not a test. Ends with `N passed, N failed`.
//
//   node scripts/check.mjs [--only TEXT]

import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkExports } from './exports.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const packDir = join(root, 'build/pack');
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : '';

/** Each check resolves to its problems, a line each. */
const CHECKS = [
  ['format and lint', () => tool('biome', 'ci', '--colors=off', '.')],
  ['exports are what src/ holds', async () => checkExports()],
  ['nothing ambient outside ports', async () => (await import('./check-sources.mjs')).checkAmbient()],
  ['pages are there and lead somewhere', async () => (await import('./check-sources.mjs')).checkPages()],
  ['kernels compile and keep their rules', () => run('node', 'scripts/build-wasm.mjs')],
  ['floors', async () => (await import('./check-floors.mjs')).checkFloors()],
  ['types', () => tool('tsc', '-p', 'tsconfig.json')],
  ['types without Node', () => tool('tsc', '-p', 'tsconfig.portable.json')],
  ['dead code', () => tool('knip', '--no-progress')],
  ['the package builds', () => run('node', 'scripts/build.mjs')],
  ['the package is well formed (publint)', () => tool('publint', '--strict', '--pack', 'npm')],
  ["the package's types resolve (attw)", attw],
];

// A colleague of the tools' own choice of colour would end up in the problems.
process.env.NO_COLOR = '1';
let passed = 0;
let failed = 0;
for (const [name, check] of CHECKS.filter(([title]) => title.includes(only))) {
  const started = performance.now();
  const problems = await check().catch((error) => [String(error.stack)]);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${problems.length > 0 ? '✗' : '✓'} ${name} (${seconds} s)`);
  for (const problem of problems) console.log(problem.replace(/^/gm, '    '));
  if (problems.length > 0) failed++;
  else passed++;
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);

async function attw() {
  rmSync(packDir, { recursive: true, force: true });
  mkdirSync(packDir, { recursive: true });
  const problems = await run('npm', 'pack', '--ignore-scripts', '--pack-destination', packDir);
  if (problems.length > 0) return problems;
  const archive = readdirSync(packDir).find((file) => file.endsWith('.tgz'));
  return tool('attw', join(packDir, archive), '--profile', 'esm-only', '--format', 'ascii', '--no-color');
}

function tool(name, ...args) {
  return run(join(root, 'node_modules/.bin', name), ...args);
}

/** Nothing when the command succeeds, else what it printed. */
function run(command, ...args) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (text) => {
      output += text;
    });
    child.stderr.on('data', (text) => {
      output += text;
    });
    child.on('error', (error) => done([String(error)]));
    child.on('close', (code) => done(code === 0 ? [] : [output.trim() || `${command} ended with exit code ${code}`]));
  });
}
