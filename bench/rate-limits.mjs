// `node bench/rate-limits.mjs` simulates the rate limiters under three loads, and writes what they let through as
// docs/benchmarks/rate-limits.md and its drawings. Seeded: every run writes the same bytes.

import { writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const outfile = join(root, 'build/bench/rate-limits.mjs');
await build({
  entryPoints: [join(root, 'bench/rate-limits.ts')],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  logLevel: 'error',
});
const { report } = await import(pathToFileURL(outfile).href);
for (const [name, text] of Object.entries(report())) {
  writeFileSync(join(root, 'docs/benchmarks', name), text);
  console.log(`docs/benchmarks/${name}`);
}
