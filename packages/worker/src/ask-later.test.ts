import { Code, ConnectError, type UnaryRequest } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { askLater } from './ask-later.ts';

/** Calls a server that refuses so many times; what came of it, and how often it was asked. */
async function asked(refusals: number, refusal: ConnectError, more: Partial<UnaryRequest> = {}) {
  let calls = 0;
  const call = askLater(async () => {
    calls += 1;
    if (calls <= refusals) throw refusal;
    return 'answer' as never;
  });
  const request = { stream: false, signal: new AbortController().signal, ...more } as UnaryRequest;
  const found = await call(request).catch((thrown: unknown) => thrown);
  return { found, calls };
}

const exhausted = (pushback?: string, code = Code.ResourceExhausted) =>
  new ConnectError('too much', code, pushback === undefined ? {} : { 'grpc-retry-pushback-ms': pushback });

test('a call that is refused for asking too much is made again when the server says', async () => {
  expect(await asked(3, exhausted('1'))).toEqual({ found: 'answer', calls: 4 });
});

test.each([
  ['that is refused again and again', exhausted('1'), 4],
  ['whose server does not say when', exhausted(), 1],
  ['that would have to wait for long', exhausted('60000'), 1],
  ['that is refused for something else', exhausted('1', Code.PermissionDenied), 1],
])('a call %s is not made for ever', async (_name, refusal, calls) => {
  expect(await asked(9, refusal)).toEqual({ found: refusal, calls });
});

test('a stream is left to whoever opened it, and nobody waits whose attempt is over', async () => {
  const refusal = exhausted('1');
  expect(await asked(1, refusal, { stream: true } as never)).toEqual({ found: refusal, calls: 1 });
  const over = AbortSignal.abort(new Error('over'));
  expect(await asked(1, exhausted('9000'), { signal: over })).toEqual({ found: over.reason, calls: 1 });
});
