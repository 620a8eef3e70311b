/** Glob patterns as Redis matches them (`*`, `?`, `[abc]`, `[^a-z]`, backslash), for the names of settings. */

/** True when the whole text matches. O(pattern × text): a star backtracks only to the last star. */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let starAt = 0;
  for (let i = 0; i < text.length; ) {
    if (pattern[at] === '*') {
      star = ++at;
      starAt = i;
      continue;
    }
    const next = at < pattern.length ? matchOne(pattern, at, text.charCodeAt(i)) : -1;
    if (next >= 0) {
      at = next;
      i++;
    } else if (star >= 0) {
      at = star;
      i = ++starAt;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

/** Where the pattern goes on after one element that matches the character, or −1. */
function matchOne(pattern: string, at: number, code: number): number {
  const first = pattern[at];
  if (first === '?') return at + 1;
  if (first === '[') return matchClass(pattern, at + 1, code);
  if (first === '\\' && at + 1 < pattern.length) at++;
  return pattern.charCodeAt(at) === code ? at + 1 : -1;
}

function matchClass(pattern: string, at: number, code: number): number {
  const negated = pattern[at] === '^';
  if (negated) at++;
  let found = false;
  while (at < pattern.length && pattern[at] !== ']') {
    if (pattern[at] === '\\' && at + 1 < pattern.length) at++;
    else if (pattern[at + 1] === '-' && at + 2 < pattern.length) {
      const [low, high] = [pattern.charCodeAt(at), pattern.charCodeAt(at + 2)];
      if (Math.min(low, high) <= code && code <= Math.max(low, high)) found = true;
      at += 3;
      continue;
    }
    if (pattern.charCodeAt(at) === code) found = true;
    at++;
  }
  return found === negated ? -1 : Math.min(at + 1, pattern.length);
}
