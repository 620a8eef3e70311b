// Glob patterns as Redis matches them: ? * [abc] [^abc] [a-z] and backslash escapes, over bytes.

/** True when the whole text matches. A star backtracks only to the last star, so the time is O(pattern × text). */
export function matchGlob(pattern: usize, patternBytes: u32, text: usize, textBytes: u32): bool {
  const patternEnd = pattern + patternBytes;
  const textEnd = text + textBytes;
  let starPattern: usize = 0;
  let starText: usize = 0;
  while (true) {
    if (pattern < patternEnd && load<u8>(pattern) == 0x2a) {
      while (pattern < patternEnd && load<u8>(pattern) == 0x2a) pattern++;
      if (pattern == patternEnd) return true;
      starPattern = pattern;
      starText = text;
      continue;
    }
    if (text == textEnd) return pattern == patternEnd;
    const next = pattern < patternEnd ? matchOne(pattern, patternEnd, load<u8>(text)) : 0;
    if (next) {
      pattern = next;
      text++;
      continue;
    }
    if (!starPattern || starText == textEnd) return false;
    pattern = starPattern;
    text = ++starText;
  }
}

/** Matches one pattern element against a byte: where the pattern goes on, or 0 when it does not match. */
function matchOne(pattern: usize, end: usize, byte: u8): usize {
  const first = load<u8>(pattern);
  if (first == 0x3f) return pattern + 1;
  if (first == 0x5b) return matchClass(pattern + 1, end, byte);
  if (first == 0x5c && pattern + 1 < end) return load<u8>(pattern + 1) == byte ? pattern + 2 : 0;
  return first == byte ? pattern + 1 : 0;
}

function matchClass(pattern: usize, end: usize, byte: u8): usize {
  const negated = pattern < end && load<u8>(pattern) == 0x5e;
  if (negated) pattern++;
  let found = false;
  // A class that is never closed ends with the pattern.
  while (pattern < end && load<u8>(pattern) != 0x5d) {
    let low = load<u8>(pattern);
    if (low == 0x5c && pattern + 1 < end) {
      low = load<u8>(++pattern);
      if (low == byte) found = true;
    } else if (pattern + 2 < end && load<u8>(pattern + 1) == 0x2d) {
      const high = load<u8>(pattern + 2);
      if (min(low, high) <= byte && byte <= max(low, high)) found = true;
      pattern += 2;
    } else if (low == byte) {
      found = true;
    }
    pattern++;
  }
  if (found == negated) return 0;
  return pattern < end ? pattern + 1 : pattern;
}
