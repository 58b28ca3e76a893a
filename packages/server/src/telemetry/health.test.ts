import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { expect, test } from 'vitest';
import { runProbes } from './health.ts';

test('each probe is answered for by itself', async () => {
  const findings = await runProbes(
    [
      { name: 'store', check: async () => {} },
      {
        name: 'host',
        check: async () => {
          throw new SluiceError('unreachable', 'no socket', { next: 'retry' });
        },
      },
    ],
    1000,
  );
  expect(findings).toEqual([
    { name: 'store', ok: true, detail: 'ok' },
    { name: 'host', ok: false, detail: 'no socket' },
  ]);
});

test('a probe that never answers is missing after its time', async () => {
  const aborted: boolean[] = [];
  const never = (signal: AbortSignal): Promise<void> =>
    new Promise(() => signal.addEventListener('abort', () => aborted.push(true)));
  expect(await runProbes([{ name: 'loop', check: never }], 20)).toEqual([
    { name: 'loop', ok: false, detail: 'no answer within 20 ms' },
  ]);
  expect(aborted).toEqual([true]);
});
