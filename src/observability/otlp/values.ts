/** OTLP's values as the JSON mapping of Protocol Buffers writes them: 64-bit integers are strings, enums are numbers. */

export type AttributeValue = string | number | boolean | readonly string[] | readonly number[] | readonly boolean[];
export type Attributes = Readonly<Record<string, AttributeValue>>;

export type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number | string }
  | { readonly arrayValue: { readonly values: readonly AnyValue[] } };

export interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

export function keyValues(attributes: Attributes): KeyValue[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: AttributeValue): AnyValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: double(value) };
  }
  return { arrayValue: { values: value.map(anyValue) } };
}

/** A double: what JSON has no number for is a string. */
export function double(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** Milliseconds since 1970, with a fraction, as nanoseconds in decimal. */
export function nanoseconds(ms: number): string {
  const whole = Math.floor(ms);
  const rest = Math.min(999_999, Math.round((ms - whole) * 1e6));
  return whole === 0 ? String(rest) : `${whole}${String(rest).padStart(6, '0')}`;
}
