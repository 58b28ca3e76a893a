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

test('a value is taken out in the forms in which programs print it', () => {
  const value = 'p/ss+w?rd>1';
  const forms = [
    value,
    encodeURIComponent(value),
    Buffer.from(value).toString('base64'),
    Buffer.from(value).toString('base64url'),
  ];
  for (const form of forms) expect(redact(`it is ${form}`, [value])).toMatch(/^it is \[secret\]=*$/);
});
