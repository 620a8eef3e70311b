/** Identifiers as they are mostly written: bytes or digits into an array, then text; snowflakes in BigInt. */

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const BASE32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TWITTER_EPOCH_MS = 1_288_834_974_657n;
const POOL_BYTES = 4096;

/** Bytes of chance, drawn in blocks. */
function pool(): (count: number) => Uint8Array {
  const bytes = new Uint8Array(POOL_BYTES);
  let at = POOL_BYTES;
  return (count) => {
    if (at + count > POOL_BYTES) {
      crypto.getRandomValues(bytes);
      at = 0;
    }
    at += count;
    return bytes.subarray(at - count, at);
  };
}

function textOf(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
    text += HEX[bytes[i] as number];
  }
  return text;
}

export function uuidv4Twin(): () => string {
  const random = pool();
  return () => {
    const bytes = random(16);
    bytes[6] = ((bytes[6] as number) & 15) | 0x40;
    bytes[8] = ((bytes[8] as number) & 63) | 0x80;
    return textOf(bytes);
  };
}

/** Version 7 with 12 bits of counter. */
export function uuidv7Twin(): () => string {
  const random = pool();
  const bytes = new Uint8Array(16);
  let last = -1;
  let counter = 0;
  return () => {
    const now = Date.now();
    if (now > last) {
      last = now;
      counter = 0;
    } else if (++counter === 4096) {
      last++;
      counter = 0;
    }
    for (let i = 0, rest = last; i < 6; i++, rest = Math.floor(rest / 256)) bytes[5 - i] = rest;
    bytes.set(random(8), 8);
    bytes[6] = 0x70 | (counter >> 8);
    bytes[7] = counter;
    bytes[8] = ((bytes[8] as number) & 63) | 0x80;
    return textOf(bytes);
  };
}

export function ulidTwin(): () => string {
  const random = pool();
  const digits = new Uint8Array(26);
  let last = -1;
  return () => {
    const now = Date.now();
    if (now > last) {
      last = now;
      for (let i = 9, rest = now; i >= 0; i--, rest = Math.floor(rest / 32)) digits[i] = rest % 32;
      const bytes = random(16);
      for (let i = 0; i < 16; i++) digits[10 + i] = (bytes[i] as number) & 31;
    } else {
      let at = 25;
      while (digits[at] === 31) digits[at--] = 0;
      digits[at] = (digits[at] as number) + 1;
    }
    let text = '';
    for (let i = 0; i < 26; i++) text += BASE32.charAt(digits[i] as number);
    return text;
  };
}

export function snowflakeTwin(machineId: number): () => bigint {
  let last = -1n;
  let sequence = 0n;
  const machine = BigInt(machineId) << 12n;
  return () => {
    const now = BigInt(Date.now()) - TWITTER_EPOCH_MS;
    if (now > last) {
      last = now;
      sequence = 0n;
    } else if (++sequence === 4096n) {
      last++;
      sequence = 0n;
    }
    return (last << 22n) | machine | sequence;
  };
}
