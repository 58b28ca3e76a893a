import { describe, expect, it } from 'vitest';
import { canonicalQuantity, quantityNanos } from './quantity.ts';

describe('a quantity', () => {
  it.each([
    ['0.1', '100m'],
    ['1', '1'],
    ['1000m', '1'],
    ['1.5', '1500m'],
    ['0.5Gi', '512Mi'],
    ['1024Mi', '1Gi'],
    ['1500Mi', '1500Mi'],
    ['1000Ki', '1000Ki'],
    ['512', '512'],
    ['2000M', '2G'],
    ['0', '0'],
    ['1e3', '1e3'],
    ['.5', '500m'],
    ['0.0000000001', '1n'],
  ])('is stored in its canonical form: %s as %s', (given, stored) => {
    expect(canonicalQuantity(given)).toBe(stored);
  });

  it.each(['lots', '', 'm', '1.2.3', '1 Gi', '1gi'])('is none: %j', (text) => {
    expect(canonicalQuantity(text)).toBeUndefined();
  });

  it('is compared by what it is worth', () => {
    expect(quantityNanos('0.5Gi')).toBe(quantityNanos('512Mi'));
    expect(quantityNanos('1500m')).toBeGreaterThan(quantityNanos('1') ?? 0n);
  });
});
