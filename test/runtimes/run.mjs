// `npm run test:runtimes`: packs the built package, installs it in a project of its own, and runs one test program
// against it in every runtime. Ends with the size of each import path.
//
//   node test/runtimes/run.mjs [--only TEXT] [--write-sizes]

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const project = join(root, 'build/runtimes/project');
const requireReal = process.env.ASHLAR_REQUIRE_REAL === '1';
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined;

installRuntimes();
const { build } = await import('../../scripts/build.mjs');
build();
installPackage();

// Only now can these be imported: they need what was just installed.
const { commands } = await import('./runtimes/commands.mjs');
const { installedCommand } = await import('./runtimes/installed-command.mjs');
const { edge } = await import('./runtimes/edge.mjs');
const { browser } = await import('./runtimes/browser.mjs');
const { measureSizes } = await import('./sizes.mjs');

const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const rows = [];
let reference;

for await (const result of results()) record(result);
printTable(['runtime', 'version', 'checks', 'ms', 'snapshot'], rows);

if (only === undefined) {
  const { rows: sizeRows, failures: sizeFailures } = await measureSizes(
    project,
    process.argv.includes('--write-sizes'),
  );
  console.log('');
  printTable(['import path', 'minified', 'gzip', 'at most'], sizeRows);
  totals.passed += sizeRows.length - sizeFailures.length;
  totals.failed += sizeFailures.length;
  failures.push(...sizeFailures);
}

for (const failure of failures) console.log(`\n✗ ${failure}`);
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
console.log(`\n${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exit(totals.failed > 0 ? 1 : 0);

/** Each runtime's result: `{ runtime, version, report }`, `{ runtime, missing }` or `{ runtime, version, error }`. */
async function* results() {
  for (const family of [commands, installedCommand, edge, browser])
    yield* family(project, (name) => only === undefined || name.includes(only));
}

function record({ runtime, version = '', report, missing, error }) {
  if (missing !== undefined && !requireReal) {
    totals.skipped++;
    rows.push([runtime, version, `skipped: ${missing}`, '', '']);
    return;
  }
  if (report === undefined) {
    totals.failed++;
    failures.push(`${runtime}: ${missing === undefined ? error : `${missing} (required by ASHLAR_REQUIRE_REAL=1)`}`);
    rows.push([runtime, version, 'failed', '', '']);
    return;
  }
  const bad = report.checks.filter((check) => check.error !== undefined);
  for (const check of bad) failures.push(`${runtime}: ${check.name}\n${check.error}`);
  totals.failed += bad.length;
  totals.passed += report.checks.length - bad.length;
  reference ||= report.snapshot;
  if (report.snapshot === reference && reference) totals.passed++;
  else if (!report.withoutSnapshot) {
    totals.failed++;
    failures.push(`${runtime}: its snapshot of the seeded arena is ${report.snapshot}, elsewhere it is ${reference}`);
  }
  const passed = `${report.checks.length - bad.length}/${report.checks.length}`;
  rows.push([runtime, version, passed, Math.round(report.ms ?? 0), report.snapshot?.slice(0, 12) ?? '']);
}

/** `npm ci` here, unless node_modules already is what the lock file says. */
function installRuntimes() {
  const lock = createHash('sha256')
    .update(readFileSync(join(here, 'package-lock.json')))
    .digest('hex');
  const stamp = join(here, 'node_modules/.ashlar-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  npm(here, 'ci', '--ignore-scripts', '--no-audit', '--no-fund');
  writeFileSync(stamp, lock);
}

/** Packs the package as it would be published and installs the archive in an empty project beside the program. */
function installPackage() {
  rmSync(project, { recursive: true, force: true });
  mkdirSync(project, { recursive: true });
  npm(root, 'pack', '--ignore-scripts', '--pack-destination', project);
  const archive = readdirSync(project).find((file) => file.endsWith('.tgz'));
  const manifest = {
    name: 'ashlar-runtimes-project',
    private: true,
    type: 'module',
    dependencies: { ashlar: `file:${archive}` },
  };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  // Bundlers and Bun obey the nearest tsconfig.json, and the repository's leads `ashlar` to its sources.
  writeFileSync(join(project, 'tsconfig.json'), '{}');
  npm(project, 'install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund');
  cpSync(join(here, 'program.js'), join(project, 'program.js'));
  cpSync(join(here, 'entries'), join(project, 'entries'), { recursive: true });
}

function npm(cwd, ...args) {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8' });
  if (status === 0) return;
  console.error(`npm ${args.join(' ')} failed in ${cwd}:\n${stdout}${stderr}`);
  console.log('0 passed, 1 failed');
  process.exit(1);
}

function printTable(head, body) {
  const lines = [head, ...body].map((line) => line.map(String));
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => (line[column].startsWith('skipped') ? 8 : line[column].length))),
  );
  for (const line of lines)
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
}
