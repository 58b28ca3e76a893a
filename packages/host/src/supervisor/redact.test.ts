import { expect, test } from 'vitest';
import { redact } from './redact.ts';

test('values of secrets are blotted out wherever they stand, the longer one first', () => {
  expect(redact('user=anna token=annabel-7 annabel-7', ['anna', 'annabel-7'])).toBe(
    'user=[secret] token=[secret] [secret]',
  );
});

test('a secret of many lines is found line by line', () => {
  expect(redact('read MIIEow12 ok', ['-----BEGIN KEY-----\nMIIEow12\n-----END KEY-----'])).toBe(
    'read [secret] ok',
  );
});

test('very short and empty values do not blot out everything', () => {
  expect(redact('an ordinary line', ['', 'a', 'ord'])).toBe('an ordinary line');
});
