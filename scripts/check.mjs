// `npm run check`: everything about the project that is not a test. Ends with `N passed, N failed`.
//
//   node scripts/check.mjs [--only TEXT]

import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkFloors } from './check-floors.mjs';
import { checkAmbient, checkLocks, checkPages } from './check-sources.mjs';
import { checkExports, doors } from './exports.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const packDir = join(root, 'build/pack');
/** Lines shown of what one check finds. */
const MAX_LINES = 100;
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : '';

/** Each check resolves to its problems, a line each. Lanes run side by side, once the kernels are there. */
const FIRST = [['kernels compile and keep their rules', () => run('node', 'scripts/build-wasm.mjs')]];
const LANES = [
  [
    ['the package builds', () => run('node', 'scripts/build.mjs')],
    ['the package is well formed (publint)', () => tool('publint', '--strict', '--pack', 'npm')],
    ["the package's types resolve (attw)", attw],
    ["a strict program compiles against the package's types", strictConsumer],
  ],
  [
    ['format and lint', () => tool('biome', 'ci', '--colors=off', '.')],
    ['exports are what src/ holds', async () => checkExports()],
    ['nothing ambient outside ports', async () => checkAmbient()],
    ['pages are there and lead somewhere', async () => checkPages()],
    ['lock files are whole', async () => checkLocks()],
    ['floors', checkFloors],
    ['types', () => tool('tsc', '-p', 'tsconfig.json')],
    ['types without Node', portableTypes],
    ['dead code', () => tool('knip', '--no-progress')],
  ],
];

// Tools that colour what they print would colour the problems.
process.env.NO_COLOR = '1';
let passed = 0;
let failed = 0;
await runLane(FIRST);
await Promise.all(LANES.map(runLane));
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);

async function runLane(checks) {
  for (const [name, check] of checks.filter(([title]) => title.includes(only))) {
    const started = performance.now();
    const problems = await check().catch((error) => [String(error.stack)]);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${problems.length > 0 ? '✗' : '✓'} ${name} (${seconds} s)`);
    const lines = problems.flatMap((problem) => problem.split('\n'));
    for (const line of lines.slice(0, MAX_LINES)) console.log(`    ${line}`);
    if (lines.length > MAX_LINES) console.log(`    … ${lines.length - MAX_LINES} more lines`);
    if (problems.length > 0) failed++;
    else passed++;
  }
}

async function attw() {
  rmSync(packDir, { recursive: true, force: true });
  mkdirSync(packDir, { recursive: true });
  const problems = await run('npm', 'pack', '--ignore-scripts', '--pack-destination', packDir);
  if (problems.length > 0) return problems;
  const archive = readdirSync(packDir).find((file) => file.endsWith('.tgz'));
  return tool('attw', join(packDir, archive), '--profile', 'esm-only', '--format', 'ascii', '--no-color');
}

/** What must run everywhere compiles without Node's types; adapters that it loads on demand need not. */
async function portableTypes() {
  const problems = await tool('tsc', '-p', 'tsconfig.portable.json', '--pretty', 'false');
  const lines = problems.flatMap((text) => text.split('\n'));
  return lines.filter((line) => !/^(src\/(adapters|cli)\/|\s)/.test(line));
}

/** Compiles imports of every door as a strict user's compiler would, declarations included, by both ways to resolve. */
async function strictConsumer() {
  const folder = join(root, 'build/consumer');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  symlinkSync(root, join(folder, 'node_modules/ashlar'), 'dir');
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const ways = [
    { moduleResolution: 'NodeNext', module: 'NodeNext', types: ['node'], wanted: () => true },
    { moduleResolution: 'Bundler', module: 'ESNext', types: [], wanted: (door) => !door.startsWith('adapters') },
  ];
  const problems = [];
  for (const { wanted, ...way } of ways) {
    const lines = doors()
      .filter(wanted)
      .map((door, i) => `export * as door${i} from 'ashlar${door === '.' ? '' : `/${door}`}';`);
    writeFileSync(join(folder, 'program.ts'), `${lines.join('\n')}\n`);
    const compilerOptions = {
      ...way,
      target: 'ES2022',
      lib: ['ES2022', 'ESNext.Disposable', 'DOM', 'DOM.AsyncIterable'],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      preserveSymlinks: true,
      noEmit: true,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
    problems.push(...(await tool('tsc', '-p', folder)));
  }
  return problems;
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
