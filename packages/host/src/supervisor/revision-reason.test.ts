import type { Instance } from '@sluice/protocol/host/host-schema.ts';
import { expect, test } from 'vitest';
import { revisionReason } from './revision-reason.ts';

const at = (instance: number, state: Instance['state'], reason: string | null = null) => ({
  instance,
  state,
  reason,
});

test('nothing is to be said when all ordered instances are ready', () => {
  expect(revisionReason(false, 2, [at(0, 'ready'), at(1, 'ready')])).toBeNull();
  expect(revisionReason(false, 1, [at(0, 'ready'), at(1, 'draining')])).toBeNull();
});

test('each missing instance is explained, and a crowd is counted', () => {
  expect(revisionReason(false, 2, [at(0, 'ready'), at(1, 'starting', 'nothing listens')])).toBe(
    'instance 1 is starting (nothing listens)',
  );
  expect(
    revisionReason(
      false,
      5,
      [0, 1, 2, 3, 4].map((n) => at(n, 'backoff')),
    ),
  ).toBe(
    'instance 0 is waiting for its next start; instance 1 is waiting for its next start; ' +
      'instance 2 is waiting for its next start; 2 more are not ready',
  );
});

test('a revision that is being retired says so', () => {
  expect(revisionReason(true, 2, [at(0, 'draining')])).toBe(
    'being retired: 1 of its instances still finish their requests',
  );
});
