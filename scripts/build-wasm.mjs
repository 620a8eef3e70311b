// Compiles every kernel under assembly/ (each folder with an index.ts) and writes it as an importable
// TypeScript source under bindings/generated/. Skips kernels whose sources have not changed.
//
//   node scripts/build-wasm.mjs [--debug] [--force] [--wat]

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const flags = new Set(process.argv.slice(2));
const debug = flags.has('--debug');
/** Debug kernels keep their assertion texts in the first page, each kernel in a place of its own. */
const DEBUG_TEXT_BYTES = 8192;

const sources = walk(join(root, 'assembly')).filter((file) => file.endsWith('.ts'));
const kernels = sources
  .filter((file) => file.endsWith('/index.ts'))
  .map((file) => relative(join(root, 'assembly'), dirname(file)))
  .sort();

// One digest over all sources: kernels share inlined code, and a full build takes seconds.
const digest = createHash('sha256');
for (const file of [...sources, join(root, 'asconfig.json'), fileURLToPath(import.meta.url)].sort()) {
  digest.update(file.slice(root.length)).update(readFileSync(file));
}
const stamp = digest.digest('hex');

const outDir = join(root, 'build', debug ? 'wasm-debug' : 'wasm');
const stampFile = join(outDir, '.stamp');
const upToDate = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp && kernels.every(isBuilt);
if (upToDate && !flags.has('--force') && !flags.has('--wat')) process.exit(0);

for (const [index, kernel] of kernels.entries()) {
  const wasm = await compile(kernel, index);
  if (!debug) {
    assertClean(kernel, wasm);
    const generated = join(root, 'bindings/generated', `${kernel}.wasm.ts`);
    mkdirSync(dirname(generated), { recursive: true });
    writeFileSync(
      generated,
      `// Kernel ${kernel}, ${wasm.length} bytes. Written by scripts/build-wasm.mjs.\nexport const wasm: string | WebAssembly.Module =\n  '${wasm.toString('hex')}';\n`,
    );
  }
}
writeFileSync(stampFile, stamp);

async function compile(kernel, index) {
  const outFile = join(outDir, `${kernel}.wasm`);
  mkdirSync(dirname(outFile), { recursive: true });
  const args = [
    `assembly/${kernel}/index.ts`,
    '--config',
    'asconfig.json',
    '--target',
    debug ? 'debug' : 'release',
    '-o',
    relative(root, outFile),
  ];
  if (flags.has('--wat')) args.push('-t', relative(root, outFile.replace(/wasm$/, 'wat')));
  if (debug) args.push('--memoryBase', String(4096 + index * DEBUG_TEXT_BYTES));
  process.chdir(root);
  const { error, stderr } = await asc.main(args);
  const warnings = stderr.toString().trim();
  if (warnings) console.error(warnings);
  if (error) {
    console.error(`kernel ${kernel}: ${error.message}`);
    process.exit(1);
  }
  return readFileSync(outFile);
}

/** A kernel imports the memory and nothing else, has no static data, and keeps no state in globals. */
function assertClean(kernel, bytes) {
  const module = new WebAssembly.Module(bytes);
  const imports = WebAssembly.Module.imports(module).map(({ module: from, name }) => `${from}.${name}`);
  const problems = [];
  if (imports.join() !== 'env.memory') problems.push(`imports ${imports.join(', ')}`);
  for (const { id, mutableGlobals } of sections(bytes)) {
    if (id === 11) problems.push('has static data');
    if (id === 8) problems.push('has a start function');
    if (mutableGlobals) problems.push(`has ${mutableGlobals} mutable global(s)`);
  }
  if (problems.length > 0) {
    console.error(`kernel ${kernel}: ${problems.join('; ')}`);
    process.exit(1);
  }
}

function* sections(bytes) {
  let at = 8;
  const leb = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  };
  while (at < bytes.length) {
    const id = bytes[at++];
    const size = leb();
    const end = at + size;
    let mutableGlobals = 0;
    if (id === 6) {
      for (let count = leb(); count > 0; count--) {
        at++;
        if (bytes[at++] === 1) mutableGlobals++;
        // The initialiser of a number: opcode, literal, end.
        const width = { 67: 4, 68: 8 }[bytes[at++]];
        if (width) at += width;
        else leb();
        at++;
      }
    }
    yield { id, mutableGlobals };
    at = end;
  }
}

function isBuilt(kernel) {
  return (
    existsSync(join(outDir, `${kernel}.wasm`)) &&
    (debug || existsSync(join(root, 'bindings/generated', `${kernel}.wasm.ts`)))
  );
}

function walk(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? walk(join(dir, entry.name)) : [join(dir, entry.name)],
  );
}
