// What no other tool checks: nothing ambient outside the ports, pages that are there and lead somewhere, and lock files
// that `npm ci` can follow on every platform.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { doors } from './exports.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Time and chance come through ports, so that a simulator can hold them. These stand for the platform itself. */
const MAY_BE_AMBIENT = [
  'src/ports/',
  'src/adapters/',
  'src/cli/',
  // Seeds of arenas: a loader of the platform.
  'bindings/entropy.ts',
];
const AMBIENT_CALLS = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'requestAnimationFrame',
  'Date',
  'Date.now',
  'Math.random',
  'performance.now',
  'crypto.getRandomValues',
  'crypto.randomUUID',
  'process.hrtime',
  'process.hrtime.bigint',
]);
const CANARY = 'const later = (run: () => void) => setTimeout(run, Date.now() + Math.random() + new Date().getTime());';

/** Uses of ambient time and chance in bindings/ and src/, a line each. */
export function checkAmbient() {
  const caught = ambientUses('canary.ts', CANARY).length;
  if (caught !== 4) return [`canary: found ${caught} of 4 ambient uses in: ${CANARY}`];
  return ['bindings', 'src']
    .flatMap((dir) => walk(join(root, dir)))
    .map((file) => relative(root, file))
    .filter((file) => file.endsWith('.ts') && !file.startsWith('bindings/generated/'))
    .filter((file) => !MAY_BE_AMBIENT.some((prefix) => file.startsWith(prefix)))
    .flatMap((file) => ambientUses(file, readFileSync(join(root, file), 'utf8')));
}

function ambientUses(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const uses = [];
  const visit = (node) => {
    const name = calledName(node, source);
    if (AMBIENT_CALLS.has(name)) {
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      uses.push(`${file}:${line} uses ${name}: take a Clock, Timer or Random from src/ports`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return uses;
}

/** The name of what a node calls, `globalThis.` left out; `new Date(text)` is not ambient, `new Date()` is. */
function calledName(node, source) {
  if (ts.isNewExpression(node) && (node.arguments?.length ?? 0) > 0) return undefined;
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return undefined;
  return node.expression.getText(source).replace(/^globalThis\./, '');
}

/** Rooms without a page, and links in pages that lead nowhere. */
export function checkPages() {
  const rooms = doors().filter((door) => door.includes('/'));
  const missing = rooms.flatMap((room) => {
    const page = `src/${room}/README.md`;
    if (!existsSync(join(root, page))) return [`${page} is missing: every room has a page`];
    const text = readFileSync(join(root, page), 'utf8');
    return /when not to use/i.test(text) ? [] : [`${page} does not say "When not to use it"`];
  });
  const pages = ['.', 'docs', 'src', 'bench', 'examples']
    .filter((dir) => existsSync(join(root, dir)))
    .flatMap((dir) => (dir === '.' ? readdirSync(root).map((file) => join(root, file)) : walk(join(root, dir))))
    .filter((file) => file.endsWith('.md'));
  return [...missing, ...pages.flatMap(brokenLinks)];
}

function brokenLinks(page) {
  const text = readFileSync(page, 'utf8').replace(/```[\s\S]*?```|`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
    .map(([, target]) => target)
    .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(resolve(dirname(page), target)))
    .map((target) => `${relative(root, page)} links to ${target}, which does not exist`);
}

/** Holes in lock files: a platform's package that is named but not locked makes `npm ci` fail for everybody. */
export function checkLocks() {
  return ['package-lock.json', 'test/runtimes/package-lock.json', 'bench/package-lock.json']
    .filter((file) => existsSync(join(root, file)))
    .flatMap((file) => {
      const { packages } = JSON.parse(readFileSync(join(root, file), 'utf8'));
      const locked = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)));
      const optional = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
      const holes = optional.filter((name) => !locked.has(name)).map((name) => `${file} does not lock ${name}`);
      if (holes.length > 0) holes.push('Pin a version that exists for every platform, and write the lock file anew');
      return holes;
    });
}

function walk(dir) {
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules')
    .flatMap((entry) => (entry.isDirectory() ? walk(join(dir, entry.name)) : [join(dir, entry.name)]));
}
