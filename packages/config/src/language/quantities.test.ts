import { describe, expect, it } from 'vitest';
import { headerName, name, urlPath } from './names.ts';
import { amount, bytes, cpu, duration, fraction, share } from './quantities.ts';

const read = (
  schema: { safeParse: (value: unknown) => { success: boolean; data?: unknown } },
  value: unknown,
): unknown => {
  const result = schema.safeParse(value);
  return result.success ? result.data : 'refused';
};

describe('units as people write them', () => {
  it.each([
    [duration('1s', '1h'), '10m', 600_000],
    [duration('1s', '1h'), '1h', 3_600_000],
    [duration('1s', '1h'), '61m', 'refused'],
    [duration('1s', '1h'), '999ms', 'refused'],
    [duration('1s', '1h'), '10', 'refused'],
    [duration('1s', '1h'), 10, 'refused'],
    [duration('1s', '1h'), '10 m', 'refused'],
    [duration('0s', '1d'), '0s', 0],
    [share(1, 10_000), '0.01%', 1],
    [share(1, 10_000), '100%', 10_000],
    [share(1, 10_000), '0%', 'refused'],
    [share(1, 10_000), '100.01%', 'refused'],
    [share(1, 10_000), '5', 'refused'],
    [fraction(0, 0.5), '1%', 0.01],
    [fraction(0, 0.5), 0.01, 0.01],
    [fraction(0, 0.5), 0.5, 'refused'],
    [fraction(0, 0.5), '0%', 'refused'],
    [fraction(0.5, 1), '95%', 0.95],
    [fraction(0.5, 1), 1, 'refused'],
    [bytes('1Mi', '1Gi'), '256Mi', 268_435_456],
    [bytes('1Mi', '1Gi'), '2Gi', 'refused'],
    [bytes('1Mi', '1Gi'), 4096, 'refused'],
    [cpu(), '500m', 500],
    [cpu(), 1.5, 1500],
    [cpu(), '1.5', 1500],
    [cpu(), '1m', 'refused'],
    [amount(), 2, { instances: 2 }],
    [amount(), '25%', { basisPoints: 2500 }],
    [amount(), -1, 'refused'],
    [amount(), 1.5, 'refused'],
  ])('%# %j', (schema, written, expected) => {
    expect(read(schema, written)).toEqual(expected);
  });
});

describe('names', () => {
  it.each(['web', 'web-2', '0', 'a'.repeat(63)])('%s is one', (text) =>
    expect(read(name(), text)).toBe(text),
  );
  it.each(['Web', 'a_b', 'a/b', 'a.b', '-a', 'a-', '', 'a'.repeat(64)])('%j is none', (text) =>
    expect(read(name(), text)).toBe('refused'),
  );
  it('of headers are read in lower case', () => expect(read(headerName(), 'X-User')).toBe('x-user'));
  it('paths begin with a slash and have no spaces', () => {
    expect(read(urlPath(), '/a?b=c')).toBe('/a?b=c');
    expect(read(urlPath(), 'a')).toBe('refused');
    expect(read(urlPath(), '/a b')).toBe('refused');
  });
});
