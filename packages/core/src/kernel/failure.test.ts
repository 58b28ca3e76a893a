import { expect, test } from 'vitest';
import { SluiceError } from './failure.ts';

test('a failure that is one already passes through unchanged', () => {
  const failure = new SluiceError('timed-out', 'the host did not answer within 2 s', { next: 'retry' });
  expect(SluiceError.from(failure, 'asking the host')).toBe(failure);
});

test('anything else that was thrown says what was attempted and keeps its cause', () => {
  const cause = new TypeError('fetch failed');
  const failure = SluiceError.from(cause, 'asking the host');
  expect(failure).toMatchObject({
    code: 'unexpected',
    next: 'retry',
    message: 'asking the host: fetch failed',
  });
  expect(failure.cause).toBe(cause);
  expect(SluiceError.from('nothing', 'asking the host').message).toBe('asking the host: nothing');
});

test('the time to wait is there only when it was given', () => {
  const failure = new SluiceError('exhausted', 'too many requests', {
    next: 'retry-after',
    retryAfterMs: 500,
  });
  expect(failure.retryAfterMs).toBe(500);
  expect(new SluiceError('exhausted', 'too many', { next: 'retry' }).retryAfterMs).toBeUndefined();
});
