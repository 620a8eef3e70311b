import { describe, expect, it } from 'vitest';
import {
  Baggage,
  extract,
  formatTraceparent,
  inject,
  isValidContext,
  parseTraceparent,
  RANDOM,
  SAMPLED,
  TraceState,
} from '../../src/observability/tracing/index.js';

const TRACE = '12345678901234567890123456789012';
const SPAN = '1234567890123456';
const VALID = `00-${TRACE}-${SPAN}-01`;

describe('traceparent, by the cases of the W3C test suite', () => {
  it('is read, whatever white space is around it', () => {
    for (const header of [VALID, ` ${VALID}`, `\t${VALID}`, `${VALID} `, `\t ${VALID} \t`]) {
      expect(parseTraceparent(header)).toMatchObject({
        traceId: TRACE,
        spanId: SPAN,
        traceFlags: SAMPLED,
        isRemote: true,
      });
    }
  });

  it('of versions to come is read as far as it is known', () => {
    for (const more of ['', '-what-the-future-will-be-like']) {
      expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01${more}`)?.traceId).toBe(TRACE);
    }
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01.what-the-future-will-be-like`)).toBeUndefined();
  });

  it.each([
    ['a trailing character', `${VALID}.`],
    ['more than version 00 has', `${VALID}-what-the-future-will-be-like`],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['an illegal version', `.0-${TRACE}-${SPAN}-01`],
    ['an illegal version', `0.-${TRACE}-${SPAN}-01`],
    ['a long version', `000-${TRACE}-${SPAN}-01`],
    ['a short version', `0-${TRACE}-${SPAN}-01`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['an illegal trace id', `00-.${TRACE.slice(1)}-${SPAN}-01`],
    ['a trace id in upper case', `00-ABCDEF${TRACE.slice(6)}-${SPAN}-01`],
    ['a long trace id', `00-${TRACE}3-${SPAN}-01`],
    ['a short trace id', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['a parent id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['an illegal parent id', `00-${TRACE}-.${SPAN.slice(1)}-01`],
    ['a long parent id', `00-${TRACE}-${SPAN}7-01`],
    ['a short parent id', `00-${TRACE}-${SPAN.slice(1)}-01`],
    ['illegal flags', `00-${TRACE}-${SPAN}-.0`],
    ['illegal flags', `00-${TRACE}-${SPAN}-0.`],
    ['long flags', `00-${TRACE}-${SPAN}-001`],
    ['short flags', `00-${TRACE}-${SPAN}-1`],
    ['two headers', `${VALID}, ${VALID}`],
    ['nothing', ''],
  ])('is refused with %s', (_, header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });

  it('passes on the flags of levels 1 and 2, and no others', () => {
    for (const [flags, out] of [
      ['00', '00'],
      ['01', '01'],
      ['02', '02'],
      ['03', '03'],
      ['ff', '03'],
      ['04', '00'],
    ] as const) {
      const context = parseTraceparent(`00-${TRACE}-${SPAN}-${flags}`);
      expect(context && formatTraceparent(context)).toBe(`00-${TRACE}-${SPAN}-${out}`);
    }
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-03`)?.traceFlags).toBe(SAMPLED | RANDOM);
  });

  it('is missing where other headers are there', () => {
    const headers = new Headers({ 'trace-parent': VALID, 'trace.parent': VALID, tracestate: 'foo=1' });
    expect(extract(headers).context).toBeUndefined();
    headers.set('TraceParent', VALID);
    expect(extract(headers).context?.traceState.get('foo')).toBe('1');
  });

  it('knows contexts that cannot be', () => {
    expect(isValidContext({ traceId: TRACE, spanId: SPAN })).toBe(true);
    for (const wrong of [{ traceId: '0'.repeat(32) }, { spanId: '0'.repeat(16) }, { traceId: 'x' }]) {
      expect(isValidContext({ traceId: TRACE, spanId: SPAN, ...wrong })).toBe(false);
    }
  });
});

describe('tracestate, by the cases of the W3C test suite', () => {
  const members = (header: string) => [...TraceState.parse(header).entries()].map(([key, value]) => `${key}=${value}`);
  const many = (count: number) => Array.from({ length: count }, (_, i) => `bar${i}=${i}`).join(',');

  it('is read with all that is allowed', () => {
    const key = 'abcdefghijklmnopqrstuvwxyz0123456789_-*/';
    const value = Array.from({ length: 0x5f }, (_, i) => String.fromCharCode(0x20 + i))
      .join('')
      .replace(/[,=]/g, '');
    expect(members(`${key}=${value}`)).toEqual([`${key}=${value}`]);
    expect(members(`${key}@a-z0-9_-*/=1`)).toEqual([`${key}@a-z0-9_-*/=1`]);
    expect(members('foo=1 \t , \t bar=2, \t baz=3')).toEqual(['foo=1', 'bar=2', 'baz=3']);
    expect(members('\t foo=1 \t')).toEqual(['foo=1']);
    expect(members('foo=1,')).toEqual(['foo=1']);
    expect(members(',foo=1')).toEqual(['foo=1']);
    expect(members(many(32))).toHaveLength(32);
    expect(members(`foo=1,${'z'.repeat(256)}=1`)).toHaveLength(2);
    expect(members(`foo=1,${'t'.repeat(241)}@${'v'.repeat(14)}=1`)).toHaveLength(2);
    expect(members(`foo=${'v'.repeat(256)}`)).toHaveLength(1);
  });

  it.each([
    ['', 'nothing'],
    ['foo=1,foo=1', 'a key twice'],
    ['foo=1,foo=2', 'a key twice'],
    ['foo =1', 'an illegal key'],
    ['FOO=1', 'an illegal key'],
    ['foo.bar=1', 'an illegal key'],
    ['foo@=1,bar=2', 'no system'],
    ['@foo=1,bar=2', 'no tenant'],
    ['foo@@bar=1,bar=2', 'two signs'],
    ['foo@bar@baz=1,bar=2', 'two systems'],
    [many(33), 'more than 32 members'],
    [`foo=1,${'z'.repeat(257)}=1`, 'a long key'],
    [`foo=1,${'t'.repeat(242)}@v=1`, 'a long tenant'],
    [`foo=1,t@${'v'.repeat(15)}=1`, 'a long system'],
    ['foo=bar=baz', 'an illegal value'],
    ['foo=,bar=3', 'an empty value'],
    [`foo=${'v'.repeat(257)}`, 'a long value'],
    ['foo', 'no value'],
  ])('is dropped: %s, %s', (header) => {
    expect(members(header)).toEqual([]);
  });

  it('puts what is written in front, and keeps what fits into 512 characters', () => {
    const state = TraceState.parse('a=1,b=2').with('b', '3').with('c', '4');
    expect([String(state), String(state.without('b')), state.size]).toEqual(['c=4,b=3,a=1', 'c=4,a=1', 3]);
    expect(() => state.with('A', '1')).toThrow(RangeError);
    expect(() => state.with('a', 'x,y')).toThrow(RangeError);
    expect(TraceState.parse(many(32)).with('new', '1').size).toBe(32);
    const long = 'x'.repeat(200);
    const full = TraceState.parse(`a=1,b=${long},c=${long},d=${long},e=2`);
    expect(String(full)).toBe(`a=1,b=${long},c=${long},e=2`);
    const short = 'y'.repeat(100);
    expect(
      String(
        TraceState.parse(
          'abcdefg'
            .split('')
            .map((key) => `${key}=${short}`)
            .join(','),
        ),
      ),
    ).toHaveLength(4 * 103 - 1);
  });
});

describe('baggage', () => {
  it('is read and written as the W3C says', () => {
    const baggage = Baggage.parse('userId=alice , serverNode = DF%2028 ,isProduction=false;ttl=30 ; private');
    expect([...baggage.entries()]).toEqual([
      ['userId', { value: 'alice', metadata: '' }],
      ['serverNode', { value: 'DF 28', metadata: '' }],
      ['isProduction', { value: 'false', metadata: 'ttl=30;private' }],
    ]);
    expect(String(baggage)).toBe('userId=alice,serverNode=DF%2028,isProduction=false;ttl=30;private');
    expect(String(baggage.with('name', 'Amélie, "x"'))).toContain('name=Am%C3%A9lie%2C%20%22x%22');
    expect(baggage.without('userId').size).toBe(2);
  });

  it('leaves out what is invalid, or too much', () => {
    expect([...Baggage.parse('=1,a b=2,c=%zz,d,e=5').entries()].map(([key]) => key)).toEqual(['e']);
    const many = Array.from({ length: 200 }, (_, i) => `k${i}=1`).join(',');
    expect(Baggage.parse(many).size).toBe(180);
    const long = `a=${'x'.repeat(5000)},b=${'x'.repeat(5000)},c=1`;
    expect([...Baggage.parse(long).entries()].map(([key]) => key)).toEqual(['a']);
    expect(String(Baggage.EMPTY.with('a', 'x'.repeat(9000)).with('b', '1'))).toBe('b=1');
    expect(() => Baggage.EMPTY.with('a b', '1')).toThrow(RangeError);
    expect(() => Baggage.EMPTY.with('a', 1 as never)).toThrow(TypeError);
  });

  it('goes into headers and out of them', () => {
    const headers = new Headers();
    const context = parseTraceparent(VALID, 'foo=1');
    if (context === undefined) throw new Error('a valid header was refused');
    inject(headers, context, Baggage.EMPTY.with('user', 'ä'));
    expect(Object.fromEntries(headers)).toEqual({ traceparent: VALID, tracestate: 'foo=1', baggage: 'user=%C3%A4' });
    expect(extract(headers).baggage.get('user')).toBe('ä');
  });
});
