// Floors: cruises assembly/, bindings/ and src/ with the rules of .dependency-cruiser.mjs, after proving on a small
// tree of deliberate violations that each of those rules fires, and that the allow-lists open no more than they say.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import configuration, { rules } from '../.dependency-cruiser.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Deliberate violations: file, what it imports, and the rule that must fire (none: must not fire). */
const CANARIES = [
  ['bindings/a.ts', '../src/base/index.js', 'upwards-from-bindings'],
  ['bindings/b.ts', '../assembly/kernel.js', 'nobody-imports-assembly'],
  ['bindings/c.ts', './generated/code.js', 'code-of-kernels-in-bindings-only'],
  ['bindings/d.ts', 'node:fs', 'platform-in-adapters-only'],
  ['bindings/kernels/a.ts', '../generated/code.js', undefined],
  ['assembly/a.ts', '../src/base/index.js', 'kernels-see-kernels-only'],
  ['src/base/a.ts', '../ports/index.js', 'upwards-from-src/base'],
  ['src/ports/a.ts', '../base/index.js', undefined],
  ['src/ports/b.ts', '../cache/lru/index.js', 'upwards-from-src/ports'],
  ['src/codecs/one/a.ts', '../two/index.js', 'between-rooms-of-src/codecs'],
  ['src/codecs/one/b.ts', '../../structures/heap/index.js', 'sideways-from-src/codecs'],
  ['src/codecs/one/c.ts', '../../cache/lru/index.js', 'upwards-from-src/codecs'],
  ['src/codecs/one/d.ts', 'vitest', 'platform-in-adapters-only'],
  ['src/codecs/one/e.ts', '../../adapters/node/index.js', 'sides-from-the-top-only'],
  ['src/codecs/one/f.ts', './nowhere.js', 'no-unresolved'],
  ['src/codecs/open/a.ts', '../two/index.js', undefined],
  ['src/codecs/open/b.ts', '../one/index.js', 'sideways-bounds-of-src/codecs/open/'],
  ['src/cache/lru/a.ts', '../../structures/heap/index.js', undefined],
  ['src/databases/time/a.ts', '../../distributed/raft/index.js', 'sideways-from-src/databases'],
  ['src/network/http/a.ts', '../../systems/chat/index.js', 'upwards-from-src/network'],
  ['src/systems/chat/a.ts', '../../cli/index.js', 'upwards-from-src/systems'],
  ['src/systems/chat/b.ts', '../../adapters/node/index.js', undefined],
  ['src/systems/chat/c.ts', '../../adapters/web/index.js', 'side-door-of-src/systems/chat/'],
  ['src/adapters/node/a.ts', '../../codecs/one/index.js', 'sides-see-ports-only'],
  ['src/adapters/node/b.ts', '../../sim/index.js', 'sides-apart'],
  ['src/adapters/node/c.ts', 'node:fs', undefined],
  ['src/cli/a.ts', '../adapters/node/index.js', undefined],
  ['src/index.ts', './cli/index.js', 'upwards-from-src/[^/]+\\.ts$'],
  ['src/cache/lru/circle.ts', './circle.js', 'no-circle'],
];
/** The allow-lists that the canaries are cruised with. */
const CANARY_SIDEWAYS = [['src/codecs/open/', 'src/codecs/two/']];
const CANARY_SIDE_DOORS = [['src/systems/chat/', 'src/adapters/node/']];

/** What is wrong, a line each. */
export async function checkFloors() {
  const silent = await cruiseCanaries();
  if (silent.length > 0) return silent;
  const violations = await violationsIn(root, configuration.forbidden);
  return violations.map(({ rule, from, to }) => `${from} imports ${to}: ${commentOf(rule.name)} [${rule.name}]`);
}

async function cruiseCanaries() {
  const tree = join(root, 'build/canary');
  rmSync(tree, { recursive: true, force: true });
  const files = new Map([
    ['package.json', '{"type":"module"}'],
    ['assembly/kernel.ts', 'export const stone = 1;\n'],
    ['bindings/generated/code.ts', 'export const stone = 1;\n'],
  ]);
  for (const room of [
    'base',
    'ports',
    'codecs/one',
    'codecs/two',
    'structures/heap',
    'cache/lru',
    'distributed/raft',
  ]) {
    files.set(`src/${room}/index.ts`, 'export const stone = 1;\n');
  }
  for (const room of ['systems/chat', 'adapters/node', 'adapters/web', 'sim', 'cli']) {
    files.set(`src/${room}/index.ts`, 'export const stone = 1;\n');
  }
  for (const [file, target] of CANARIES) files.set(file, `import * as stone from '${target}';\nexport { stone };\n`);
  for (const [file, text] of files) {
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    writeFileSync(join(tree, file), text);
  }
  const violations = await violationsIn(tree, rules(CANARY_SIDEWAYS, CANARY_SIDE_DOORS));
  const problems = [];
  for (const [file, target, expected] of CANARIES) {
    const fired = violations.filter(({ from }) => from === file).map(({ rule }) => rule.name);
    if (expected === undefined && fired.length > 0)
      problems.push(`canary: ${fired.join()} fired on ${file} → ${target}`);
    if (expected !== undefined && !fired.includes(expected)) {
      problems.push(`canary: ${expected} did not fire on ${file} → ${target}; fired: ${fired.join() || 'nothing'}`);
    }
  }
  return problems;
}

async function violationsIn(baseDir, forbidden) {
  const options = { ...configuration.options, baseDir, validate: true, ruleSet: { forbidden } };
  const { output } = await cruise(['assembly', 'bindings', 'src'], options, { extensions: ['.ts', '.js'] });
  return output.summary.violations;
}

function commentOf(name) {
  return configuration.forbidden.find((rule) => rule.name === name)?.comment ?? name;
}
