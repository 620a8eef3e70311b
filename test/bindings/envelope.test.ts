import { Arena, SnapshotError } from 'ashlar';
import { xxh64 } from 'ashlar/codecs/hash';
import { describe, expect, it } from 'vitest';
import { ENVELOPE_BYTES, envelope, seal, unseal } from '../../bindings/envelope.js';

const KIND = { number: 4711, name: 'Thing' };

function sealed(arena: Arena, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = envelope(KIND, 3, payload.length);
  bytes.set(payload, ENVELOPE_BYTES);
  return seal(arena, bytes);
}

describe('envelope', () => {
  it('gives back what was sealed, of any length', () => {
    using arena = new Arena({ maxBytes: 1 << 20 });
    for (const length of [0, 1, 7, 8, 65_535, 65_536, 65_537, 200_000]) {
      const payload = Uint8Array.from({ length }, (_, i) => i * 31);
      expect(unseal(arena, KIND, 3, sealed(arena, payload))).toEqual(payload);
    }
  });

  it('is laid out as documented', () => {
    using arena = new Arena({ maxBytes: 1 << 20 });
    const bytes = sealed(arena, Uint8Array.of(1, 2, 3));
    expect([...bytes.subarray(0, 16)]).toEqual([0x41, 0x53, 0x48, 0x52, 0x67, 0x12, 3, 0, 3, 0, 0, 0, 0, 0, 0, 0]);
    const hashed = Uint8Array.of(...bytes.subarray(0, 16), 1, 2, 3);
    expect(new DataView(bytes.buffer).getBigUint64(16, true)).toBe(xxh64(hashed));
    expect([...bytes.subarray(24)]).toEqual([1, 2, 3]);
  });

  it('refuses every flipped bit, every truncation and any extension', () => {
    using arena = new Arena({ maxBytes: 1 << 20 });
    const whole = sealed(
      arena,
      Uint8Array.from({ length: 40 }, (_, i) => i),
    );
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const damaged = whole.slice();
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => unseal(arena, KIND, 3, damaged)).toThrow(SnapshotError);
    }
    for (let length = 0; length < whole.length; length++) {
      expect(() => unseal(arena, KIND, 3, whole.subarray(0, length))).toThrow(SnapshotError);
    }
    expect(() => unseal(arena, KIND, 3, Uint8Array.of(...whole, 0))).toThrow(/truncated or extended/);
  });

  it('tells another kind, another version and no bytes apart', () => {
    using arena = new Arena({ maxBytes: 1 << 20 });
    const bytes = sealed(arena, Uint8Array.of(1));
    expect(() => unseal(arena, { number: 1, name: 'Other' }, 3, bytes)).toThrow(/kind 4711, not 1/);
    expect(() => unseal(arena, KIND, 2, bytes)).toThrow(/format version 3, this build reads version 2/);
    expect(() => unseal(arena, KIND, 3, [1] as never)).toThrow(TypeError);
  });
});
