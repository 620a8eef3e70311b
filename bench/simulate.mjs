// Simulates limits under three loads, and writes what becomes of the calls to docs/benchmarks, with drawings. Seeded: every
// run writes the same bytes.
//
//   node bench/simulate.mjs rate-limits       what each rate limiter lets through
//   node bench/simulate.mjs adaptive-limits   what each adaptive limit converges to

import { writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const name = process.argv[2];
if (name !== 'rate-limits' && name !== 'adaptive-limits') {
  console.error(`usage: node bench/simulate.mjs rate-limits | adaptive-limits, got ${name ?? 'nothing'}`);
  process.exit(2);
}
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const outfile = join(root, `build/bench/${name}.mjs`);
await build({
  entryPoints: [join(root, `bench/${name}.ts`)],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  logLevel: 'error',
});
const { report } = await import(pathToFileURL(outfile).href);
for (const [file, text] of Object.entries(report())) {
  writeFileSync(join(root, 'docs/benchmarks', file), text);
  console.log(`docs/benchmarks/${file}`);
}
