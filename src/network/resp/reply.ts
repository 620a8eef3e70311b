/** Replies written by handlers in TypeScript, in RESP2 or RESP3. Strings here are binary: one character a byte. */

export class Reply {
  /** What has been written so far. */
  text = '';
  readonly resp3: boolean;

  constructor(resp3: boolean) {
    this.resp3 = resp3;
  }

  ok(): void {
    this.text += '+OK\r\n';
  }

  simple(text: string): void {
    this.text += `+${text}\r\n`;
  }

  /** `text` begins with its code, for example `ERR`. Line ends become spaces. */
  error(text: string): void {
    this.text += `-${text.replace(/[\r\n]/g, ' ')}\r\n`;
  }

  integer(value: number | bigint): void {
    this.text += `:${value}\r\n`;
  }

  /** RESP2 has no booleans, and gets 1 or 0. */
  boolean(value: boolean): void {
    if (this.resp3) this.text += value ? '#t\r\n' : '#f\r\n';
    else this.integer(value ? 1 : 0);
  }

  /** RESP2 has no doubles, and gets a bulk string. */
  double(value: number): void {
    const text = formatDouble(value);
    if (this.resp3) this.text += `,${text}\r\n`;
    else this.bulk(text);
  }

  bulk(bytes: string): void {
    this.text += `$${bytes.length}\r\n${bytes}\r\n`;
  }

  null(): void {
    this.text += this.resp3 ? '_\r\n' : '$-1\r\n';
  }

  nullArray(): void {
    this.text += this.resp3 ? '_\r\n' : '*-1\r\n';
  }

  array(count: number): void {
    this.text += `*${count}\r\n`;
  }

  /** A map of `pairs` pairs; RESP2 has none, and gets an array of twice as many. */
  map(pairs: number): void {
    this.text += this.resp3 ? `%${pairs}\r\n` : `*${2 * pairs}\r\n`;
  }

  /** A message that is no reply; RESP2 has only arrays. */
  push(count: number): void {
    this.text += this.resp3 ? `>${count}\r\n` : `*${count}\r\n`;
  }

  set(count: number): void {
    this.text += this.resp3 ? `~${count}\r\n` : `*${count}\r\n`;
  }

  /** An integer of any length, by its digits; RESP2 gets a bulk string. */
  bigNumber(digits: string): void {
    if (this.resp3) this.text += `(${digits}\r\n`;
    else this.bulk(digits);
  }

  /** Text for people; `format` has three letters. */
  verbatim(text: string, format = 'txt'): void {
    if (this.resp3) this.text += `=${text.length + 4}\r\n${format}:${text}\r\n`;
    else this.bulk(text);
  }
}

/** As C's `%.17g`, with `inf` and `nan`. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', power = '0'] = value.toExponential(16).split('e');
  const exponent = Number(power);
  const trimmed = (digits: string) => (digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits);
  if (exponent >= -4 && exponent < 17) return trimmed(value.toFixed(Math.max(0, 16 - exponent)));
  const sign = exponent < 0 ? '-' : '+';
  return `${trimmed(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
}
