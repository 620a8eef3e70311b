/**
 * Tags, invalidated in O(1): by versions, not by an index of who has which tag.
 *
 * One counter rises with each invalidation. A tag remembers at which count it was invalidated last, an entry at which count
 * its value began to be loaded: it holds while none of its tags was invalidated since. An index would name every entry of
 * a tag at once, but costs memory for each pair, a removal for each eviction, and invalidates in O(entries); here an entry
 * that no longer holds stays until it is met or evicted. What was being loaded when its tag was invalidated does not hold
 * either, which an index cannot know.
 *
 * Bounded: of the tags that were invalidated, `maxTags` are remembered. When one more comes, the oldest is forgotten, and
 * every entry from before its invalidation that has a tag without memory counts as invalid: too much is loaded again,
 * never too little.
 */

/** Tags that are remembered unless told otherwise. */
const DEFAULT_MAX_TAGS = 100_000;

export class TagVersions {
  readonly #invalidated = new Map<string, number>();
  readonly #max: number;
  #count = 0;
  /** The count of the last invalidation that was forgotten. */
  #floor = 0;

  /** @throws RangeError */
  constructor(maxTags = DEFAULT_MAX_TAGS) {
    if (!(Number.isSafeInteger(maxTags) && maxTags > 0)) {
      throw new RangeError(`maxTags must be a positive integer, got ${maxTags}`);
    }
    this.#max = maxTags;
  }

  /** How many tags are remembered. */
  get size(): number {
    return this.#invalidated.size;
  }

  /** What an entry notes when its value begins to be loaded. */
  get stamp(): number {
    return this.#count;
  }

  /** Everything with this tag that was stamped until now holds no more. */
  invalidate(tag: string): void {
    // Deleted first, so that the order of the map is that of the counts.
    this.#invalidated.delete(tag);
    this.#invalidated.set(tag, ++this.#count);
    if (this.#invalidated.size <= this.#max) return;
    const [oldest, count] = this.#invalidated.entries().next().value as [string, number];
    this.#invalidated.delete(oldest);
    this.#floor = count;
  }

  /** Whether none of the tags was invalidated since. O(tags). */
  holds(tags: readonly string[], stamp: number): boolean {
    if (stamp === this.#count) return true;
    for (const tag of tags) if ((this.#invalidated.get(tag) ?? this.#floor) > stamp) return false;
    return true;
  }
}
