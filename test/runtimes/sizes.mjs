// What an import path costs a page: everything it exports, bundled, minified and gzipped, against a bound each.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bundle } from './bundle.mjs';

const boundsFile = join(import.meta.dirname, 'sizes.json');
/** A new bound leaves this much room. */
const ROOM = 1.1;

/** @param {boolean} write take today's sizes, and some room, as the bounds */
export async function measureSizes(project, write) {
  const { exports } = JSON.parse(readFileSync(join(project, 'node_modules/ashlar/package.json'), 'utf8'));
  const bounds = JSON.parse(readFileSync(boundsFile, 'utf8'));
  const doors = Object.keys(exports).filter((path) => exports[path].default !== undefined);
  const rows = [];
  const failures = [];
  for (const door of doors) {
    const name = door.replace(/^\./, 'ashlar');
    const { minified, gzip } = await sizeOf(project, name);
    if (write) bounds[name] = Math.ceil((gzip * ROOM) / 100) * 100;
    const bound = bounds[name];
    rows.push([name, minified, gzip, bound ?? 'no bound']);
    if (bound === undefined)
      failures.push(`${name}: ${gzip} bytes gzipped and no bound; run npm run test:runtimes -- --write-sizes`);
    else if (gzip > bound)
      failures.push(`${name}: ${gzip} bytes gzipped, at most ${bound} are allowed (test/runtimes/sizes.json)`);
  }
  for (const name of Object.keys(bounds)) {
    if (doors.some((door) => door.replace(/^\./, 'ashlar') === name)) continue;
    if (write) delete bounds[name];
    else failures.push(`${name}: has a bound in test/runtimes/sizes.json, but is not exported`);
  }
  if (write) writeFileSync(boundsFile, `${JSON.stringify(bounds, Object.keys(bounds).sort(), 2)}\n`);
  return { rows, failures };
}

async function sizeOf(project, name) {
  const { outputFiles } = await bundle({
    stdin: { contents: `export * from '${name}';`, resolveDir: project },
    write: false,
    minify: true,
    platform: 'neutral',
    external: ['node:*'],
  });
  const bytes = outputFiles[0].contents;
  return { minified: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
}
