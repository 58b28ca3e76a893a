import { describe, expect, it } from 'vitest';
import { byteQuantity, cpuQuantity, durationText, secondsOf } from './quantities.ts';

describe('quantities are written as Kubernetes writes them back', () => {
  it.each([
    [250, '250m'],
    [1000, '1'],
    [1500, '1500m'],
    [64_000, '64'],
  ])('%d thousandths of a core', (millis, text) => {
    expect(cpuQuantity(millis)).toBe(text);
  });

  it.each([
    [512, '512'],
    [1024, '1Ki'],
    [1025, '1025'],
    [256 * 1024 ** 2, '256Mi'],
    [1.5 * 1024 ** 3, '1536Mi'],
    [2 * 1024 ** 3, '2Gi'],
  ])('%d bytes', (bytes, text) => {
    expect(byteQuantity(bytes)).toBe(text);
  });
});

it('seconds of a probe cover the ms and are at least one', () => {
  expect([0, 1, 999, 1000, 1001, 60_000].map(secondsOf)).toEqual([1, 1, 1, 1, 2, 60]);
});

it('durations keep their ms', () => {
  expect([30_000, 500, 1500].map(durationText)).toEqual(['30s', '500ms', '1500ms']);
});
