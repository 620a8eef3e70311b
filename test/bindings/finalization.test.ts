import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'ashlar-finalization-'));
const program = join(folder, 'program.mjs');

beforeAll(async () => {
  await build({
    stdin: { contents: SOURCE, resolveDir: join(import.meta.dirname, '../..'), loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile: program,
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs one function of the program under a garbage collector that can be called. */
function run(name: string): unknown {
  const output = execFileSync(process.execPath, ['--expose-gc', program, name], { encoding: 'utf8', timeout: 30_000 });
  return JSON.parse(output);
}

it('frees the structures whose handles were forgotten, and only those', () => {
  expect(run('forgotten')).toEqual({ leaked: 0, digests: 'same' });
});

it('does not free twice what was disposed before it was forgotten', () => {
  expect(run('disposed')).toEqual({ blocks: 0, sound: true });
});

it('does not touch an arena that was disposed, and lets a forgotten arena go', () => {
  expect(run('arenas')).toEqual({ disposed: 'quiet', collected: true });
});

const SOURCE = `
import { Arena } from './bindings/index.js';
import { Xxh64 } from './src/codecs/hash/index.js';

declare const gc: () => void;
const settle = async (done: () => boolean) => {
  for (let i = 0; i < 200 && !done(); i++) {
    // done() may look through a WeakRef, which keeps its target for the rest of the job: collect in another one.
    await new Promise((resolve) => setTimeout(resolve, 2));
    gc();
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
};

const programs: Record<string, () => Promise<unknown>> = {
  async forgotten() {
    const arena = new Arena({ maxBytes: 1 << 22 });
    const kept = new Xxh64(1, { arena }).update('kept');
    const blocks = arena.blockCount;
    (() => { for (let i = 0; i < 5000; i++) new Xxh64(i, { arena }).update('lost'); })();
    await settle(() => arena.blockCount <= blocks);
    arena.check();
    const again = new Xxh64(1, { arena }).update('kept');
    const digests = kept.digest() === again.digest() ? 'same' : 'different';
    again.dispose();
    return { leaked: arena.blockCount - blocks, digests };
  },
  async disposed() {
    const arena = new Arena({ maxBytes: 1 << 22 });
    (() => { for (let i = 0; i < 2000; i++) new Xxh64(i, { arena }).dispose(); })();
    const probes = Array.from({ length: 100 }, () => arena.alloc(80));
    let rounds = 0;
    await settle(() => ++rounds > 20);
    const expected = arena.blockCount;
    arena.check();
    for (const probe of probes) arena.free(probe);
    arena.check();
    return { blocks: arena.blockCount, sound: expected === 100 };
  },
  async arenas() {
    const reference = (() => {
      const arena = new Arena({ maxBytes: 1 << 20 });
      new Xxh64(0, { arena });
      return new WeakRef(arena);
    })();
    (() => { const arena = new Arena({ maxBytes: 1 << 20 }); new Xxh64(0, { arena }); arena.dispose(); })();
    await settle(() => reference.deref() === undefined);
    return { disposed: 'quiet', collected: reference.deref() === undefined };
  },
};

const program = programs[process.argv[2] as string];
if (program !== undefined) console.log(JSON.stringify(await program()));
`;
