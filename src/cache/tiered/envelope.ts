/**
 * A value as tiers hold it: one line that says what it is, and its text.
 *
 *     1 FRESH STALE KIND TAGS \n TEXT
 *
 * `1` is the format. FRESH and STALE are the moments until which it is that, in milliseconds since the Unix epoch, or `-` for
 * ever. KIND is `v` for a value, `n` where there is none (TEXT is empty). TAGS is JSON, the tags with the versions they had:
 * `[]`, or `[["users","k3x"]]`. The value `{"id":7}`, fresh until 1 700 000 060 000 and stale for another minute:
 *
 *     1 1700000060000 1700000120000 v []
 *     {"id":7}
 */

export interface Envelope {
  readonly freshUntil: number;
  readonly staleUntil: number;
  /** Tags, with the versions they had. */
  readonly tags: readonly (readonly [tag: string, version: string])[];
  /** `undefined`: there is no value. */
  readonly text: string | undefined;
}

export function seal({ freshUntil, staleUntil, tags, text }: Envelope): string {
  const head = `1 ${moment(freshUntil)} ${moment(staleUntil)} ${text === undefined ? 'n' : 'v'}`;
  return `${head} ${tags.length === 0 ? '[]' : JSON.stringify(tags)}\n${text ?? ''}`;
}

/** @returns `undefined` for what `seal` did not write */
export function unseal(sealed: string): Envelope | undefined {
  const end = sealed.indexOf('\n');
  const match = HEAD.exec(sealed.slice(0, Math.max(0, end)));
  if (match === null) return undefined;
  const [, fresh = '', stale = '', kind, json = ''] = match;
  const tags = tagsOf(json);
  if (tags === undefined) return undefined;
  return {
    freshUntil: timeOf(fresh),
    staleUntil: timeOf(stale),
    tags,
    text: kind === 'n' ? undefined : sealed.slice(end + 1),
  };
}

const HEAD = /^1 (-|\d{1,16}) (-|\d{1,16}) ([vn]) (\[.*\])$/;
const NO_TAGS: Envelope['tags'] = Object.freeze([]);

function moment(ms: number): string {
  return ms === Number.POSITIVE_INFINITY ? '-' : String(Math.ceil(ms));
}

function timeOf(text: string): number {
  return text === '-' ? Number.POSITIVE_INFINITY : Number(text);
}

function tagsOf(json: string): Envelope['tags'] | undefined {
  if (json === '[]') return NO_TAGS;
  try {
    const tags = JSON.parse(json) as unknown[];
    const pairs = tags.every(
      (tag) => Array.isArray(tag) && tag.length === 2 && tag.every((part) => typeof part === 'string'),
    );
    return pairs ? (tags as unknown as Envelope['tags']) : undefined;
  } catch {
    return undefined;
  }
}
