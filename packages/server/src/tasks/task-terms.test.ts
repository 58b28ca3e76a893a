import { expect, it } from 'vitest';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { NO_LIMITS } from '@sluice/core/tasks/rate-limits.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import { knownTerms, NO_TERMS } from './task-terms.ts';

const QUEUE = trackId('shop', 'production', 'agent');
const V1 = revisionId('agent-1');
const LIMITS = { ...NO_LIMITS, queue: { ...NO_LIMITS.queue, running: 5 } };

/** Revisions of which a test says what there is. */
const termsOver = (agents: object | null) => {
  const world = { agents, asked: 0, now: 0 };
  const terms = knownTerms(
    async () => {
      world.asked += 1;
      return world.agents === null
        ? null
        : ({ component: { agents: world.agents } } as unknown as RevisionRecord);
    },
    () => world.now,
  );
  return { world, of: () => terms.of('default', QUEUE, V1), known: () => terms.known('default', QUEUE, V1) };
};

it('the terms of a revision are read once, and known from then on', async () => {
  const { world, of, known } = termsOver({ limits: LIMITS, timeoutMs: 1_000 });
  expect(known()).toBe(NO_TERMS);
  expect(await of()).toEqual({ limits: LIMITS, deadlineMs: null, timeoutMs: 1_000 });
  await of();
  expect(known()).toBe(await of());
  expect(world.asked).toBe(1);
});

it('a revision that nobody knows says nothing, and is asked for again after a while', async () => {
  const { world, of } = termsOver(null);
  expect(await of()).toEqual(NO_TERMS);
  expect(await of()).toEqual(NO_TERMS);
  expect(world.asked).toBe(1);
  world.agents = { limits: LIMITS };
  world.now = 10_000;
  expect((await of()).limits).toEqual(LIMITS);
});
