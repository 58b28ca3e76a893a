import { expect, test } from 'vitest';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import type { HoldReason, RollbackReason } from '@sluice/core/rollout/state.ts';
import { verdictOf } from './verdict-of.ts';

const rollback = (kind: RollbackReason['kind']): TrackEvent => ({
  ...{ kind: 'rollbackBegun', at: 0, reason: { kind, detail: '' } },
});
const hold = (reason: HoldReason): TrackEvent => ({ kind: 'rolloutHeld', at: 0, reason });

test.each([
  ['judge', 'fail'],
  ['limit', 'fail'],
  ['verdict-policy', 'policy'],
  ['not-the-winner', 'not-the-winner'],
  ['check', undefined],
  ['health', undefined],
  ['crash-loop', undefined],
  ['deadline', undefined],
  ['aborted', undefined],
  ['superseded', undefined],
] as const)('a rollback for %s follows the verdict %s', (kind, expected) => {
  expect(verdictOf(rollback(kind))).toBe(expected);
});

test.each([
  [{ kind: 'no-data', detail: '' }, 'no-data'],
  [{ kind: 'provider-error', detail: '' }, 'provider-error'],
  [{ kind: 'inconclusive', detail: '' }, 'inconclusive'],
  [{ kind: 'suspicious', detail: '' }, 'suspicious'],
  [{ kind: 'failing', detail: '' }, 'fail'],
  [{ kind: 'winner', detail: '' }, undefined],
  [{ kind: 'paused', by: 'ann' }, undefined],
  [{ kind: 'approval', prompt: '' }, undefined],
] as const)('a hold for %o follows the verdict %s', (reason, expected) => {
  expect(verdictOf(hold(reason))).toBe(expected);
});

test('going on follows none', () => {
  expect(verdictOf({ kind: 'stepFinished', at: 0, step: 1, note: '' })).toBeUndefined();
});
