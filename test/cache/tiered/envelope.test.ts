import { describe, expect, it } from 'vitest';
import { type Envelope, seal, unseal } from '../../../src/cache/tiered/envelope.js';
import { seededRandom, testSeed } from '../../support/random.js';

const EVER = Number.POSITIVE_INFINITY;

describe('the envelope', () => {
  it('is what its description says', () => {
    const envelope = { freshUntil: 1_700_000_060_000, staleUntil: 1_700_000_120_000, tags: [], text: '{"id":7}' };
    expect(seal(envelope)).toBe('1 1700000060000 1700000120000 v []\n{"id":7}');
    expect(seal({ ...envelope, freshUntil: EVER, staleUntil: EVER, tags: [['users', 'k3x']], text: undefined })).toBe(
      '1 - - n [["users","k3x"]]\n',
    );
  });

  it('gives back what was sealed', () => {
    const random = seededRandom(testSeed('envelopes'));
    const word = () => Array.from({ length: random.below(8) }, () => 'a \n"[],é🪨'.at(random.below(9))).join('');
    for (let i = 0; i < 2000; i++) {
      const envelope: Envelope = {
        freshUntil: random.below(4) === 0 ? EVER : random.below(2 ** 31) * 1000,
        staleUntil: random.below(4) === 0 ? EVER : random.below(2 ** 31) * 1000,
        tags: Array.from({ length: random.below(3) }, () => [word(), word()] as const),
        text: random.below(4) === 0 ? undefined : word(),
      };
      expect(unseal(seal(envelope))).toEqual(envelope);
    }
  });

  it('is refused when it is something else', () => {
    for (const text of [
      '',
      '\n',
      '1',
      '1 - - v []',
      '2 - - v []\n',
      '1 - - x []\n',
      '1 - v []\n',
      '1 -5 - v []\n',
      '1 - - v [\n',
      '1 - - v [["a"]]\n',
      '1 - - v [1]\n',
      '1 - - v {}\n',
      'OK\n1 - - v []',
    ]) {
      expect([text, unseal(text)]).toEqual([text, undefined]);
    }
  });
});
