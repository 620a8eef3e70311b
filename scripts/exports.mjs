// Keeps package.json's `exports` and `bin` equal to the tree: a door is a src/<shelf>/index.ts or src/<shelf>/<room>/index.ts,
// or src/<shelf>/<room>/worker/index.ts, what other threads import of a room.
//
//   node scripts/exports.mjs           fails when package.json is out of date
//   node scripts/exports.mjs --write   updates it

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const manifestFile = join(root, 'package.json');
/** Folders of src/ that are programs, not libraries. */
const NOT_IMPORTED = new Set(['cli']);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = process.argv.includes('--write') ? writeExports() : checkExports();
  for (const problem of problems) console.error(problem);
  process.exit(problems.length > 0 ? 1 : 0);
}

/** Import paths of the package as folders of src/: '.', 'structures', 'structures/hash-table', … */
export function doors() {
  const src = join(root, 'src');
  const isDoor = (path) => existsSync(join(src, path, 'index.ts'));
  const shelves = foldersOf(src).filter((shelf) => !NOT_IMPORTED.has(shelf));
  const rooms = shelves.flatMap((shelf) =>
    foldersOf(join(src, shelf)).flatMap((room) => [`${shelf}/${room}`, `${shelf}/${room}/worker`]),
  );
  return ['.', ...[...shelves, ...rooms].filter(isDoor).sort()];
}

/** What is wrong with package.json, a sentence each. */
export function checkExports() {
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
  const wanted = wantedFields();
  const problems = [];
  const have = Object.keys(manifest.exports ?? {});
  const want = Object.keys(wanted.exports);
  for (const path of want.filter((key) => !have.includes(key))) problems.push(`package.json does not export "${path}"`);
  for (const path of have.filter((key) => !want.includes(key)))
    problems.push(`package.json exports "${path}", which is not in src/`);
  for (const field of ['exports', 'bin']) {
    if (problems.length === 0 && JSON.stringify(manifest[field]) !== JSON.stringify(wanted[field])) {
      problems.push(`package.json: "${field}" differs from what src/ says`);
    }
  }
  if (problems.length > 0) problems.push('Run: node scripts/exports.mjs --write');
  return problems;
}

function writeExports() {
  const { exports: _exports, bin: _bin, ...rest } = JSON.parse(readFileSync(manifestFile, 'utf8'));
  const ordered = {};
  for (const [key, value] of Object.entries(rest)) {
    if (key === 'files') Object.assign(ordered, wantedFields());
    ordered[key] = value;
  }
  // `undefined` fields (no bin yet) are left out by JSON.
  writeFileSync(manifestFile, `${JSON.stringify(ordered, null, 2)}\n`);
  return checkExports();
}

function wantedFields() {
  const exports = {};
  for (const door of doors()) {
    const path = door === '.' ? 'src/index' : `src/${door}/index`;
    exports[door === '.' ? '.' : `./${door}`] = {
      types: `./dist/default/${path}.d.ts`,
      workerd: `./dist/workerd/${path}.js`,
      'edge-light': `./dist/edge-light/${path}.js`,
      default: `./dist/default/${path}.js`,
    };
  }
  exports['./wasm/*.wasm'] = './dist/wasm/*.wasm';
  exports['./package.json'] = './package.json';
  const hasCli = existsSync(join(root, 'src/cli/main.ts'));
  return { bin: hasCli ? { ashlar: 'dist/default/src/cli/main.js' } : undefined, exports };
}

function foldersOf(dir) {
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}
