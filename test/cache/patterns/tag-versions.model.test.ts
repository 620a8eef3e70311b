import { describe, expect, it } from 'vitest';
import { TagVersions } from '../../../src/cache/patterns/index.js';
import { seededRandom, testSeed } from '../../support/random.js';

interface Entry {
  readonly tags: readonly string[];
  readonly stamp: number;
  valid: boolean;
}

function run(maxTags: number, tagCount: number, steps: number) {
  const random = seededRandom(testSeed(`tag versions, ${maxTags} of ${tagCount}`));
  const versions = new TagVersions(maxTags);
  const entries: Entry[] = [];
  const pick = () => `tag ${random.below(tagCount)}`;
  let [kept, needless] = [0, 0];
  for (let step = 0; step < steps; step++) {
    if (random.below(3) === 0) {
      const tag = pick();
      versions.invalidate(tag);
      for (const entry of entries) if (entry.tags.includes(tag)) entry.valid = false;
    } else {
      const tags = Array.from({ length: random.below(4) }, pick);
      entries.push({ tags, stamp: versions.stamp, valid: true });
      if (entries.length > 50) entries.shift();
    }
    for (const { tags, stamp, valid } of entries) {
      const holds = versions.holds(tags, stamp);
      // What was invalidated never holds.
      if (holds && !valid) throw new Error(`step ${step}: ${tags.join()} of ${stamp} holds`);
      if (holds) kept++;
      else if (valid) needless++;
    }
    if (versions.size > maxTags) throw new Error(`step ${step}: ${versions.size} tags are remembered`);
  }
  return { kept, needless };
}

describe('TagVersions and a set of invalid entries', () => {
  it('agree on every entry while all tags are remembered', () => {
    const { kept, needless } = run(20, 20, 3000);
    expect(needless).toBe(0);
    expect(kept).toBeGreaterThan(1000);
  });

  it('invalidate too much, and never too little, when tags are forgotten', () => {
    const { kept, needless } = run(5, 20, 3000);
    expect(needless).toBeGreaterThan(0);
    expect(kept).toBeGreaterThan(1000);
  });

  it('never touch entries without tags', () => {
    const versions = new TagVersions(1);
    for (let i = 0; i < 10; i++) versions.invalidate(`tag ${i}`);
    expect([versions.holds([], 0), versions.holds(['unknown'], 0), versions.size]).toEqual([true, false, 1]);
  });
});
