// What `.ci/run` does once everything is installed: each command of the contract, then one line that sums them.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const resultsFile = join(root, 'build/ci/vitest.json');

const STEPS = [
  {
    title: 'npm test',
    args: ['test', '--', '--reporter=default', '--reporter=json', `--outputFile=${resultsFile}`],
    count: vitestCounts,
    failures: vitestFailures,
  },
  { title: 'npm run check', args: ['run', 'check'], count: countsOfLastLine },
  { title: 'npm run test:runtimes', args: ['run', 'test:runtimes'], count: countsOfLastLine },
  { title: 'npm run bench -- --smoke', args: ['run', 'bench', '--', '--smoke'], count: countsOfLastLine },
  // One thing that works or not: it prints figures, not counts.
  {
    title: 'npm run bench:redis -- --quick',
    args: ['run', 'bench:redis', '--', '--quick'],
    count: (_output, code) => ({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }),
  },
];

rmSync(resultsFile, { force: true });
mkdirSync(dirname(resultsFile), { recursive: true });
const total = { passed: 0, failed: 0, skipped: 0 };
const summary = [];
const failures = [];
for (const { title, args, count, failures: named } of STEPS) {
  console.log(`\n── ${title} ${'─'.repeat(Math.max(0, 90 - title.length))}`);
  const started = performance.now();
  const { code, output } = await npm(args);
  const counts = count(output, code) ?? { passed: 0, failed: 0, skipped: 0 };
  // A command that failed without counting a failure, or that did nothing, has failed all the same.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  if (counts.passed + counts.failed === 0) counts.failed = 1;
  for (const key of Object.keys(total)) total[key] += counts[key];
  if (counts.failed > 0) failures.push(...(named?.() ?? []));
  const seconds = Math.round((performance.now() - started) / 1000);
  summary.push(
    `${title}: ${counts.passed} ok, ${counts.failed} not, ${counts.skipped} left out, exit code ${code}, ${seconds} s`,
  );
}
// Said again here, where whoever sees only the end of the output finds it.
for (const failure of failures) console.log(`\nFAILED ${failure}`);
console.log(`\n${summary.join('\n')}\n`);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exit(total.failed > 0 ? 1 : 0);

function npm(args) {
  return new Promise((done) => {
    const child = spawn('npm', args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (text) => {
      process.stdout.write(text);
      // Only the end is read for the counts.
      output = (output + text).slice(-20_000);
    });
    child.on('close', (code) => done({ code: code ?? 1, output }));
  });
}

function vitestCounts() {
  if (!existsSync(resultsFile)) return undefined;
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(resultsFile, 'utf8'),
  );
  // A file that could not be loaded has no tests to fail.
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  return {
    passed: numPassedTests,
    failed: numFailedTests + broken.length,
    skipped: numPendingTests + (numTodoTests ?? 0),
  };
}

/** Each failed test with what it said, shortened. */
function vitestFailures() {
  if (!existsSync(resultsFile)) return [];
  const { testResults } = JSON.parse(readFileSync(resultsFile, 'utf8'));
  return testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, message, assertionResults }) => {
      const file = relative(root, name);
      const failed = assertionResults.filter(({ status }) => status === 'failed');
      if (failed.length === 0) return [`${file}: ${message.slice(0, 2000)}`];
      return failed.map(
        ({ fullName, failureMessages }) => `${file}: ${fullName}\n${failureMessages.join('\n').slice(0, 2000)}`,
      );
    });
}

/** The counts in the last line of the form `N passed, N failed[, N skipped]`. */
function countsOfLastLine(output) {
  const found = [...output.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)].at(-1);
  return found && { passed: Number(found[1]), failed: Number(found[2]), skipped: Number(found[3] ?? 0) };
}
