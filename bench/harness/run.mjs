// `npm run bench [-- --filter TEXT --json FILE --markdown FILE --smoke --large]`
//
// Installs the rivals (bench/package.json) when they are not, bundles each bench/**/*.bench.ts with esbuild into
// build/bench, and runs each in a process of its own. Prints a Markdown report and `N passed, N failed`.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const bench = join(root, 'bench');
const out = join(root, 'build/bench');

const { values: options } = parse();

run('node', ['scripts/build-wasm.mjs'], root);
installRivals();

const files = walk(bench).filter((file) => file.endsWith('.bench.ts'));
// What a bench starts as a worker thread stands beside it: build/bench/x.worker.mjs of x.worker.ts.
for (const file of walk(bench).filter((it) => it.endsWith('.worker.ts'))) await bundled(file);
const results = [];
let broken = 0;
for (const file of files) {
  const bundle = await bundled(file);
  const resultFile = `${bundle}.json`;
  rmSync(resultFile, { force: true });
  console.log(`\n${relative(bench, file)}`);
  const settings = {
    filter: options.filter ?? '',
    smoke: options.smoke ?? false,
    large: options.large ?? false,
    out: resultFile,
  };
  const child = spawnSync(process.execPath, ['--expose-gc', bundle], {
    env: { ...process.env, ASHLAR_BENCH: JSON.stringify(settings) },
    stdio: 'inherit',
  });
  if (child.status !== 0 || !existsSync(resultFile)) {
    console.error(`${relative(bench, file)} ended with ${child.status ?? child.signal}`);
    broken++;
    continue;
  }
  const result = JSON.parse(readFileSync(resultFile, 'utf8'));
  if (result.cases.length > 0) results.push(result);
}

const machine = {
  cpu: cpus()[0]?.model.trim() ?? 'unknown processor',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  date: new Date().toISOString().slice(0, 10),
};
const { markdown } = await import(pathToFileURL(await bundledReport()).href);
const report = markdown(machine, results);
if (!options.smoke) console.log(`\n${report}`);
if (options.json !== undefined) save(options.json, `${JSON.stringify({ machine, suites: results }, null, 2)}\n`);
if (options.markdown !== undefined) save(options.markdown, report);

const cases = results.flatMap((result) => result.cases);
const failed = cases.filter((it) => it.error !== undefined).length + broken;
const passed = cases.length + broken - failed;
if (cases.length === 0 && broken === 0) {
  console.error(`No case matches --filter ${JSON.stringify(options.filter)}`);
  process.exitCode = 1;
}
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;

function parse() {
  try {
    return parseArgs({
      options: {
        filter: { type: 'string' },
        json: { type: 'string' },
        markdown: { type: 'string' },
        smoke: { type: 'boolean' },
        large: { type: 'boolean' },
      },
    });
  } catch (error) {
    console.error(
      `${error.message}\nusage: npm run bench [-- --filter TEXT --json FILE --markdown FILE --smoke --large]`,
    );
    process.exit(2);
  }
}

function installRivals() {
  const lock = join(bench, 'package-lock.json');
  const stampFile = join(bench, 'node_modules/.installed');
  const stamp = createHash('sha256').update(readFileSync(lock)).digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], bench);
  writeFileSync(stampFile, stamp);
}

async function bundled(file) {
  const outfile = join(out, relative(bench, file).replace(/\.ts$/, '.mjs'));
  const module = `./${relative(bench, file).replaceAll('\\', '/').replace(/\.ts$/, '.js')}`;
  const program = file.endsWith('.worker.ts')
    ? `import '${module}';`
    : `import { runSuite } from './harness/runner.js';
       import { suite } from '${module}';
       await runSuite(suite);`;
  await bundle(program, outfile);
  return outfile;
}

async function bundledReport() {
  const outfile = join(out, 'report.mjs');
  await bundle("export { markdown } from './harness/report.js';", outfile);
  return outfile;
}

async function bundle(contents, outfile) {
  await build({
    stdin: { contents, resolveDir: bench, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile,
    // Rivals in CommonJS may call require.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
}

function run(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
}

function save(file, text) {
  mkdirSync(dirname(resolve(file)), { recursive: true });
  writeFileSync(file, text);
}

function walk(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules') return [];
    return entry.isDirectory() ? walk(join(dir, entry.name)) : [join(dir, entry.name)];
  });
}
