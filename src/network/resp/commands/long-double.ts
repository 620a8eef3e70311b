/**
 * Decimal addition as INCRBYFLOAT does it: in the x87 extended format (64 bits of mantissa), printed with at most 17
 * decimals. JavaScript's doubles have 53 bits, and would answer 0.30000000000000004 where Redis answers 0.3.
 */

/** mantissa × 2^exponent, the mantissa below 2^64. */
export interface LongDouble {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const MANTISSA_BITS = 64;
/** Above 2^16384 is infinity. */
const MAX_EXPONENT = 16384;
const DECIMALS = 17;
/** Below 2^−16445, the smallest denormal, is zero. */
const MIN_EXPONENT = -16445;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const HEXADECIMAL = /^([+-]?)0x([\da-f]*)\.?([\da-f]*)(?:p([+-]?\d+))?$/i;
/** Powers of ten beyond this are infinite or zero in the format, whatever the digits. */
const MAX_POWER = 20_000;

/**
 * The number a text states as C's strtold reads it, decimal or hexadecimal; `'infinite'` where it says so;
 * `undefined` when it states none, or one beyond the format's range.
 */
export function parseLongDouble(text: string): LongDouble | 'infinite' | undefined {
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return 'infinite';
  const value = DECIMAL.test(text) ? parseDecimal(text) : parseHexadecimal(text);
  return value === 'infinite' ? undefined : value;
}

function parseDecimal(text: string): LongDouble | 'infinite' | undefined {
  const [digits = '', power = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = digits.replace(/^[+-]/, '').split('.');
  const magnitude = BigInt(whole + fraction);
  const tens = Number(power) - fraction.length;
  if (magnitude === 0n) return ZERO;
  if (Math.abs(tens) > MAX_POWER) return undefined;
  const value = text.startsWith('-') ? -magnitude : magnitude;
  return notTiny(tens >= 0 ? round(value * 10n ** BigInt(tens), 1n, 0) : round(value, 10n ** BigInt(-tens), 0));
}

function parseHexadecimal(text: string): LongDouble | 'infinite' | undefined {
  const match = HEXADECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', power = '0'] = match;
  if (whole + fraction === '') return undefined;
  const magnitude = BigInt(`0x${whole}${fraction}`);
  const twos = Number(power) - 4 * fraction.length;
  if (magnitude === 0n) return ZERO;
  if (Math.abs(twos) > 4 * MAX_POWER) return undefined;
  return notTiny(round(sign === '-' ? -magnitude : magnitude, 1n, twos));
}

function notTiny(value: LongDouble | 'infinite'): LongDouble | 'infinite' | undefined {
  return value !== 'infinite' && value.exponent + MANTISSA_BITS <= MIN_EXPONENT ? undefined : value;
}

const ZERO: LongDouble = { mantissa: 0n, exponent: 0 };

/** The sum, rounded once. */
export function addLongDoubles(a: LongDouble, b: LongDouble): LongDouble | 'infinite' {
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent));
  return round(sum, 1n, exponent);
}

/** numerator ÷ denominator × 2^exponent, to the nearest representable number, ties to even. */
function round(numerator: bigint, denominator: bigint, exponent: number): LongDouble | 'infinite' {
  const negative = numerator < 0n;
  let top = negative ? -numerator : numerator;
  if (top === 0n) return ZERO;
  // Scale so that the quotient has the mantissa's bits, or one more.
  const shift = bitLength(top) - bitLength(denominator) - MANTISSA_BITS;
  let bottom = denominator;
  if (shift > 0) bottom <<= BigInt(shift);
  else top <<= BigInt(-shift);
  let power = exponent + shift;
  let quotient = roundedQuotient(top, bottom);
  if (bitLength(quotient) > MANTISSA_BITS) {
    quotient = roundedQuotient(top, bottom << 1n);
    power++;
  }
  if (bitLength(quotient) + power > MAX_EXPONENT) return 'infinite';
  return { mantissa: negative ? -quotient : quotient, exponent: power };
}

function roundedQuotient(top: bigint, bottom: bigint): bigint {
  const quotient = top / bottom;
  const twice = 2n * (top % bottom);
  return twice > bottom || (twice === bottom && quotient % 2n === 1n) ? quotient + 1n : quotient;
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}

/** Decimal text with at most 17 decimals and no trailing zeros. */
export function formatLongDouble({ mantissa, exponent }: LongDouble): string {
  const negative = mantissa < 0n;
  const magnitude = (negative ? -mantissa : mantissa) * 10n ** BigInt(DECIMALS);
  const scaled = exponent >= 0 ? magnitude << BigInt(exponent) : roundedQuotient(magnitude, 1n << BigInt(-exponent));
  const digits = scaled.toString().padStart(DECIMALS + 1, '0');
  const whole = digits.slice(0, -DECIMALS);
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '');
  const text = fraction === '' ? whole : `${whole}.${fraction}`;
  return negative && text !== '0' ? `-${text}` : text;
}
