import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256Hex } from './sha256.ts';

const real = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

test('it is SHA-256, at every length around the borders of blocks', () => {
  expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  for (let length = 0; length < 200; length++)
    expect(sha256Hex('é'.repeat(length))).toBe(real('é'.repeat(length)));
});

test('it is SHA-256 of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => sha256Hex(text) === real(text)),
  );
  expect(sha256Hex('\ud800x')).toBe(real('\ud800x'));
});
