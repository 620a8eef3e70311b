/** base64 and base58 in careful plain TypeScript. */

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const inverse64 = /* @__PURE__ */ new Uint8Array(128).map((_, code) => BASE64.indexOf(String.fromCharCode(code)));
const codes64 = /* @__PURE__ */ Uint8Array.from(BASE64, (digit) => digit.charCodeAt(0));
const decoder = /* @__PURE__ */ new TextDecoder();

export function base64Encode(bytes: Uint8Array): string {
  const out = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(61);
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out[at++] = codes64[group >> 18] as number;
    out[at++] = codes64[(group >> 12) & 63] as number;
    if (i + 1 < bytes.length) out[at++] = codes64[(group >> 6) & 63] as number;
    if (i + 2 < bytes.length) out[at++] = codes64[group & 63] as number;
  }
  return decoder.decode(out);
}

export function base64Decode(text: string): Uint8Array {
  const digits = text.indexOf('=') < 0 ? text.length : text.indexOf('=');
  const out = new Uint8Array(Math.floor((digits * 6) / 8));
  for (let i = 0, at = 0; i < digits; i += 4) {
    const group =
      ((inverse64[text.charCodeAt(i)] as number) << 18) |
      ((inverse64[text.charCodeAt(i + 1)] as number) << 12) |
      ((inverse64[text.charCodeAt(i + 2)] as number) << 6) |
      (inverse64[text.charCodeAt(i + 3)] as number);
    out[at++] = group >> 16;
    out[at++] = group >> 8;
    out[at++] = group;
  }
  return out;
}

export function base58Encode(bytes: Uint8Array): string {
  const digits: number[] = [];
  for (const byte of bytes) {
    let carry = byte;
    for (let i = 0; i < digits.length; i++) {
      carry += (digits[i] as number) * 256;
      digits[i] = carry % 58;
      carry = (carry / 58) | 0;
    }
    for (; carry > 0; carry = (carry / 58) | 0) digits.push(carry % 58);
  }
  let text = '';
  for (let i = 0; i < bytes.length && bytes[i] === 0; i++) text += '1';
  for (let i = digits.length - 1; i >= 0; i--) text += BASE58[digits[i] as number];
  return text;
}
