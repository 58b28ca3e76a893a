import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { expect, it } from 'vitest';
import { storeFailure } from './store-failure.ts';

function failureOf(code: string, message = 'as the database put it'): string {
  const failure = storeFailure(Object.assign(new Error(message), { code }), 'Committing');
  return `${failure.code}, ${failure.next}`;
}

it.each([
  ['40001', 'conflict, retry'],
  ['40P01', 'conflict, retry'],
  ['23505', 'conflict, stop'],
  ['23503', 'invalid-input, stop'],
  ['22P02', 'invalid-input, stop'],
  ['57014', 'timed-out, retry'],
  ['57P01', 'unreachable, retry'],
  ['57P03', 'unreachable, retry'],
  ['25P03', 'unreachable, retry'],
  ['08006', 'unreachable, retry'],
  ['28P01', 'unsupported, ask-human'],
  ['3D000', 'unsupported, ask-human'],
  ['53100', 'exhausted, retry'],
  ['53300', 'exhausted, retry'],
  ['42703', 'unexpected, stop'],
  ['ECONNREFUSED', 'unreachable, retry'],
  ['EPIPE', 'unreachable, retry'],
])('says of %s that it is %s', (code, expected) => {
  expect(failureOf(code)).toBe(expected);
});

it('knows a lost connection by what the driver says when there is no code', () => {
  expect(storeFailure(new Error('Connection terminated unexpectedly'), 'Reading').code).toBe('unreachable');
  expect(storeFailure(new TypeError('x is not a function'), 'Reading').code).toBe('unexpected');
});

it('says what was attempted, repeats the reason, offers a remedy and keeps the cause', () => {
  const cause = Object.assign(new Error('could not serialize access'), { code: '40001' });
  const failure = storeFailure(cause, 'Committing web');
  expect(failure.message).toBe(
    'Committing web failed: could not serialize access. Two transactions met; the same one may be tried again.',
  );
  expect(failure.cause).toBe(cause);
  expect(storeFailure(failure, 'Again')).toBe(failure);
  expect(failure).toBeInstanceOf(SluiceError);
});
