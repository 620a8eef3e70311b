// `node bench/longest-block.mjs`: how long a scrape of 100 000 series keeps the event loop at a time, ours and prom-client's.

import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const outfile = join(root, 'build/bench/longest-block.cjs');
await build({
  entryPoints: [join(root, 'bench/longest-block.ts')],
  outfile,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  logLevel: 'error',
});
const { default: measured } = await import(pathToFileURL(outfile).href);
for (const line of await measured.report()) console.log(line);
