import { expect, test } from 'vitest';
import { parseBytes, parseCpuMillis } from './quantity.ts';

test.each([
  ['4096', 4096],
  ['256Mi', 268_435_456],
  ['1G', 1_000_000_000],
  ['1.5k', 1500],
  ['2Gi', 2_147_483_648],
])('%s is %i bytes', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});

test.each(['', 'Mi', '1T', '1 Mi', '-1', '1m'])('"%s" is no number of bytes', (text) => {
  expect(parseBytes(text)).toBeUndefined();
});

test.each([
  ['500m', 500],
  ['1.5', 1500],
  ['2', 2000],
  ['0', 0],
])('%s cores are %i thousandths', (text, millis) => {
  expect(parseCpuMillis(text)).toBe(millis);
});

test.each(['', 'm', '1k', '-1', '1 m'])('"%s" is no number of cores', (text) => {
  expect(parseCpuMillis(text)).toBeUndefined();
});
