import { describe, expect, it } from 'vitest';
import { formatTraceParent, parseTraceParent, spanIdFrom, traceIdFrom } from './trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('a traceparent', () => {
  it('is read and written as W3C Trace Context says', () => {
    const text = `00-${TRACE}-${SPAN}-01`;
    const read = parseTraceParent(text);
    expect(read).toEqual({ traceId: TRACE, spanId: SPAN, isSampled: true });
    expect(read && formatTraceParent(read)).toBe(text);
    expect(parseTraceParent(`00-${TRACE}-${SPAN}-00`)?.isSampled).toBe(false);
  });

  it('of a later version is read as far as it is known', () => {
    expect(parseTraceParent(`cc-${TRACE}-${SPAN}-09-what-will-come`)?.traceId).toBe(TRACE);
  });

  it.each([
    '',
    'nonsense',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01-more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01\r\nx-evil: 1`,
    `cc-${TRACE}-${SPAN}-01-${'a'.repeat(100_000)}`,
    ['two', 'headers'],
    undefined,
  ])('that is none is left aside: %#', (text) => {
    expect(parseTraceParent(text)).toBeUndefined();
  });
});

it('ids that nobody gave follow from what they are about', () => {
  expect(traceIdFrom('shop', 'ro-1')).toBe(traceIdFrom('shop', 'ro-1'));
  expect(traceIdFrom('shop', 'ro-1')).not.toBe(traceIdFrom('shopro-1'));
  expect(traceIdFrom('shop')).toMatch(/^[0-9a-f]{32}$/);
  expect(spanIdFrom(TRACE, 'a')).toMatch(/^[0-9a-f]{16}$/);
  expect(spanIdFrom(TRACE, 'a')).not.toBe(spanIdFrom(traceIdFrom('other'), 'a'));
});
