// The shared test program: what every runtime must do alike. Imports the package by name, as a user would.

import * as root from 'ashlar';
import * as hash from 'ashlar/codecs/hash';

/**
 * What a runtime lends the program.
 *
 * @typedef {object} Host
 * @property {Record<string, WebAssembly.Module>} [modules] kernels compiled elsewhere, given to `initSync` first
 * @property {(kernel: string) => URL} [wasmUrl] where a kernel's file can be fetched
 */

/**
 * Runs every check; a check that throws has failed, the others still run.
 *
 * @param {Host} host
 * @returns {Promise<{ checks: { name: string, error?: string }[], snapshot: string, ms: number }>}
 */
export async function run(host = {}) {
  const started = performance.now();
  const checks = [];
  let snapshot = '';
  const check = async (name, body) => {
    try {
      await body();
      checks.push({ name });
    } catch (error) {
      checks.push({ name, error: `${error?.name}: ${error?.message}\n${error?.stack ?? ''}` });
    }
  };
  if (host.modules !== undefined)
    await check('init: takes modules compiled elsewhere', () => root.initSync(host.modules));
  await arenaChecks(check);
  await hashChecks(check);
  await check('snapshot: a seeded arena has the same bytes everywhere', async () => {
    snapshot = await sha256(seededArena().snapshot());
  });
  await initChecks(check, host);
  return { checks, snapshot, ms: performance.now() - started };
}

async function arenaChecks(check) {
  const { Arena, ArenaFullError, DisposedError, SnapshotError } = root;
  await check('arena: allocates, accounts and reuses', () => {
    const arena = new Arena({ maxBytes: 1 << 20 });
    const empty = arena.bytesUsed;
    const first = arena.alloc(1000);
    assert(arena.bytesUsed > empty + 999, 'bytesUsed counts the block');
    arena.free(first);
    equal(arena.bytesUsed, empty, 'bytesUsed after free');
    equal(arena.alloc(1000), first, 'the freed block is used again');
    arena.check();
  });
  await check('arena: views survive growth', () => {
    const arena = new Arena({ maxBytes: 1 << 24 });
    const first = arena.alloc(64);
    arena.u8Until(first + 64)[first] = 42;
    const large = arena.alloc(4 << 20);
    arena.u8Until(large + (4 << 20))[large + (4 << 20) - 1] = 7;
    equal(arena.u8Until(first + 64)[first], 42, 'byte written before growth');
  });
  await check('arena: a full budget is a typed error and changes nothing', () => {
    const arena = new Arena({ maxBytes: 1 << 16, name: 'small' });
    const used = arena.bytesUsed;
    const error = thrown(() => arena.alloc(1 << 20));
    assert(error instanceof ArenaFullError, `expected ArenaFullError, got ${error}`);
    equal(error.code, 'ARENA_FULL', 'code');
    equal(arena.bytesUsed, used, 'bytesUsed');
    arena.check();
  });
  await check('arena: restores a snapshot to the same bytes', () => {
    const arena = seededArena();
    const bytes = arena.snapshot();
    const again = Arena.restore(bytes);
    again.check();
    equal(again.bytesUsed, arena.bytesUsed, 'bytesUsed');
    assert(sameBytes(again.snapshot(), bytes), 'a snapshot of the restored arena differs');
  });
  await check('arena: refuses truncated, altered and foreign bytes', () => {
    const bytes = seededArena().snapshot();
    const altered = bytes.slice();
    altered[bytes.length - 1] ^= 1;
    for (const bad of [bytes.subarray(0, bytes.length - 1), altered, new Uint8Array(100), new Uint8Array(0)]) {
      const error = thrown(() => Arena.restore(bad));
      assert(error instanceof SnapshotError, `expected SnapshotError, got ${error}`);
    }
  });
  await check('arena: use after dispose throws', () => {
    const arena = new Arena({ maxBytes: 1 << 16 });
    arena.dispose();
    arena.dispose();
    assert(thrown(() => arena.alloc(8)) instanceof DisposedError, 'expected DisposedError');
  });
  await check('arena: the default one is made at first use', () => {
    const first = Arena.default;
    assert(first === Arena.default, 'one default arena');
    assert(first.bytesUsed > 0, 'it is alive');
  });
}

async function hashChecks(check) {
  await check('hash: published vectors', () => {
    equal(hash.xxh64(''), 0xef46db3751d8e999n, "xxh64('')");
    equal(hash.xxh32(''), 0x02cc5d05, "xxh32('')");
    equal(hash.murmur3x86_32('hello'), 0x248bfa47, "murmur3x86_32('hello')");
    equal(hash.murmur3x64_128('hello'), 0xcbd8a7b341bd9b025b1e906a48ae1d19n, "murmur3x64_128('hello')");
    equal(hash.fnv1a32('foobar'), 0xbf9cf968, "fnv1a32('foobar')");
    equal(hash.fnv1a64('foobar'), 0x85944171f73967e8n, "fnv1a64('foobar')");
    equal(hash.djb2('hello'), 0x0f923099, "djb2('hello')");
    equal(hash.crc32c('123456789'), 0xe3069283, "crc32c('123456789')");
  });
  await check('hash: any Unicode is hashed as its bytes', () => {
    for (const text of ['naïve', '日本語', '😀 grin', 'x'.repeat(500), 'é'.repeat(500)]) {
      equal(hash.xxh64(text), hash.xxh64(new TextEncoder().encode(text)), text.slice(0, 10));
    }
  });
  await check('hash: pieces give the digest of the whole', () => {
    const random = generator(7);
    const bytes = Uint8Array.from({ length: 10_000 }, () => random() * 256);
    for (const [Hasher, whole] of [
      [hash.Xxh64, hash.xxh64],
      [hash.Murmur3x64_128, hash.murmur3x64_128],
      [hash.Crc32c, hash.crc32c],
    ]) {
      const hasher = new Hasher();
      for (let at = 0; at < bytes.length; at += 977) hasher.update(bytes.subarray(at, at + 977));
      equal(hasher.digest(), whole(bytes), Hasher.name);
      hasher.dispose();
    }
  });
  await check('hash: the front door and the room are one', () => {
    equal(root.xxh64, hash.xxh64, 'xxh64');
  });
}

async function initChecks(check, host) {
  await check('init: resolves to modules, and takes them back', async () => {
    const modules = await root.init();
    assert(Object.keys(modules).includes('memory/arena'), `kernels: ${Object.keys(modules)}`);
    root.initSync(modules);
    new root.Arena({ maxBytes: 1 << 16 }).check();
  });
  await check('init: an unknown kernel is refused by name', async () => {
    const error = await root.init({ nonsense: new Uint8Array(8) }).catch((reason) => reason);
    assert(error instanceof TypeError && error.message.includes('nonsense'), `got ${error}`);
  });
  if (host.wasmUrl === undefined) return;
  await check("init: compiles from the package's files by URL", async () => {
    const kernels = Object.keys(await root.init());
    await root.init(Object.fromEntries(kernels.map((kernel) => [kernel, host.wasmUrl(kernel)])));
    equal(hash.xxh32(''), 0x02cc5d05, 'a hash after it');
    new root.Arena({ maxBytes: 1 << 16 }).check();
  });
}

/** An arena whose every byte follows from its seed: allocations, frees and contents by a fixed generator. */
function seededArena() {
  const arena = new root.Arena({ maxBytes: 1 << 22, seed: 20240229 });
  const random = generator(1);
  const blocks = [];
  for (let step = 0; step < 2000; step++) {
    if (blocks.length > 0 && random() < 0.4) {
      arena.free(blocks.splice(Math.floor(random() * blocks.length), 1)[0]);
    } else {
      const bytes = 1 + Math.floor(random() * 400);
      const block = arena.alloc(bytes);
      arena.u8Until(block + bytes).fill(step & 255, block, block + bytes);
      blocks.push(block);
    }
  }
  return arena;
}

/** mulberry32: numbers in [0, 1), the same in every runtime. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function sha256(bytes) {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function sameBytes(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function thrown(body) {
  try {
    body();
  } catch (error) {
    return error;
  }
  throw new Error('expected an error, but nothing was thrown');
}

function equal(actual, expected, what) {
  if (!Object.is(actual, expected)) throw new Error(`${what}: expected ${String(expected)}, got ${String(actual)}`);
}

function assert(condition, message) {
  if (!condition) throw new Error(message);
}
