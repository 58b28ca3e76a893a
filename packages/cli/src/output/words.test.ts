import { expect, test } from 'vitest';
import { countWords, latencyWords, rateWords, spanWords } from './words.ts';

test.each([
  [0, '0 s'],
  [-5000, '0 s'],
  [34_400, '34 s'],
  [60_000, '1 min'],
  [84_000, '1 min 24 s'],
  [7_500_000, '2 h 5 min'],
  [3_600_000, '1 h'],
  [90_000_000, '1 d 1 h'],
])('%i ms are %s', (durationMs, words) => {
  expect(spanWords(durationMs)).toBe(words);
});

test.each([
  [0, 0, '-'],
  [0, 100, '0 %'],
  [1, 640, '0.16 %'],
  [1, 1_000_000, '<0.01 %'],
  [100, 100, '100.00 %'],
])('%i errors in %i requests are %s', (errors, requests, words) => {
  expect(rateWords(errors, requests)).toBe(words);
});

test.each([
  [null, '-'],
  [8.12, '8.1 ms'],
  [43.2, '43 ms'],
  [1234, '1.2 s'],
])('a latency of %s is %s', (latencyMs, words) => {
  expect(latencyWords(latencyMs)).toBe(words);
});

test('counts have commas and the right number', () => {
  expect(countWords(1, 'entry', 'entries')).toBe('1 entry');
  expect(countWords(12_340, 'request')).toBe('12,340 requests');
});
