/** docs/snapshot-format.md against the code: its worked example byte for byte, its checksum by another XXH64. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import { xxh64 } from '../codecs/oracles.js';

const page = readFileSync(join(import.meta.dirname, '../../docs/snapshot-format.md'), 'utf8');

function example(): Uint8Array {
  const arena = new Arena({ maxBytes: 65_536, seed: 1 });
  const address = arena.alloc(5);
  arena.u8Until(address + 5).set(new TextEncoder().encode('hello'), address);
  arena.addName('greeting', 7, address, {});
  return arena.snapshot();
}

/** The rows of the page's dump, and zeros everywhere else. */
function dumped(): Uint8Array {
  const rows = [...page.matchAll(/^([0-9a-f]{8}) {2}((?:[0-9a-f]{2} ?)+)$/gm)].map((match) => ({
    at: Number.parseInt(match[1] as string, 16),
    bytes: (match[2] as string).trim().split(' '),
  }));
  const last = rows.at(-1);
  const out = new Uint8Array(last === undefined ? 0 : last.at + last.bytes.length);
  for (const { at, bytes } of rows)
    out.set(
      bytes.map((byte) => Number.parseInt(byte, 16)),
      at,
    );
  return out;
}

/** The checksum as the page defines it. */
function checksumOf(blob: Uint8Array): bigint {
  const head = new DataView(blob.buffer, blob.byteOffset);
  const payload = blob.subarray(32);
  const seed = (BigInt(head.getUint32(16, true)) << 32n) | BigInt(head.getUint32(12, true));
  return xxh64(payload.subarray(0, 3776), xxh64(payload.subarray(3776), seed));
}

describe('the page of the snapshot format', () => {
  it('shows the bytes that its example gives', () => {
    expect(Buffer.compare(dumped(), example())).toBe(0);
  });

  it('shows bytes that restore', () => {
    const arena = Arena.restore(dumped());
    const { root } = arena.findName('greeting', 7, 'greeting');
    expect(new TextDecoder().decode(arena.u8Until(root + 5).subarray(root, root + 5))).toBe('hello');
    arena.check();
  });

  it('defines the checksum that the code writes', () => {
    const arena = new Arena({ maxBytes: 1 << 20 });
    arena.alloc(2000);
    for (const blob of [example(), arena.snapshot()]) {
      expect(new DataView(blob.buffer).getBigUint64(24, true)).toBe(checksumOf(blob));
    }
  });
});
