/** Kernels built for debugging stop at a broken promise with a message, a file and a line. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { instantiateSync } from '@assemblyscript/loader';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ArenaKernel } from '../../bindings/kernels/memory/arena.js';

const root = join(import.meta.dirname, '../..');
const PAGES = 32;

/** A fresh arena in a debug build, whose memory the loader reads the abort's texts from. */
function debugArena(): ArenaKernel {
  const memory = new WebAssembly.Memory({ initial: PAGES });
  const bytes = readFileSync(join(root, 'build/wasm-debug/memory/arena.wasm'));
  const { exports } = instantiateSync(bytes, { env: { memory } });
  const kernel = exports as unknown as ArenaKernel;
  kernel.create(PAGES * 65_536, 1, 2, 3, 4);
  return kernel;
}

describe('the debug build of the arena kernel', () => {
  beforeAll(() => {
    const { stderr } = spawnSync(process.execPath, [join(root, 'scripts/build-wasm.mjs'), '--debug'], {
      cwd: root,
      encoding: 'utf8',
    });
    // Another kernel that does not compile is not this test's concern.
    expect(stderr).not.toContain('kernel memory/arena');
  });

  it('works like the release build', () => {
    const kernel = debugArena();
    const blocks = Array.from({ length: 500 }, (_, i) => kernel.alloc(i));
    expect(kernel.check()).toBe(0);
    for (const block of blocks) kernel.free(block);
    expect(kernel.check()).toBe(0);
  });

  it('stops at a block freed twice', () => {
    const kernel = debugArena();
    const block = kernel.alloc(100);
    kernel.free(block);
    expect(() => kernel.free(block)).toThrow(
      /abort: freed twice, or never allocated at assembly\/memory\/arena\/allocator\.ts:\d+:\d+/,
    );
  });

  it('stops at an address that is none', () => {
    const kernel = debugArena();
    const block = kernel.alloc(100);
    for (const wrong of [8, block + 4, PAGES * 65_536 + 8]) {
      expect(() => kernel.free(wrong)).toThrow(/abort: not an address of this arena at assembly\/.*allocator\.ts:\d+/);
      expect(() => kernel.realloc(wrong, 8)).toThrow(/allocator\.ts:\d+/);
    }
    expect(kernel.check()).toBe(0);
  });
});
