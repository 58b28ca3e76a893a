import { describe, expect, it } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { type LimitsSpec, NO_LIMITS } from '@sluice/core/tasks/rate-limits.ts';
import { wholeTo } from '@sluice/core/traffic/split.ts';
import { NO_TERMS } from './task-terms.ts';
import { waitingLimits } from './waiting-limits.ts';

const QUEUE = trackId('shop', 'production', 'agent');
const V1 = revisionId('agent-1');

/** Limits over counts that a test sets. */
const limitsOver = (
  limits: Partial<LimitsSpec>,
  counts: Record<string, number>,
  { isServed = true } = {},
) => {
  const asked: (string | null)[] = [];
  const waiting = waitingLimits({
    engine: { dealt: async () => (isServed ? { queue: QUEUE, generation: 1, split: wholeTo(V1) } : null) },
    terms: { of: async () => ({ ...NO_TERMS, limits: { ...NO_LIMITS, ...limits } }) },
    countWaiting: async (_tenant, { key, limit }) => {
      asked.push(key);
      return Math.min(limit, counts[key ?? 'all'] ?? 0);
    },
    elapsedMs: () => 0,
  });
  return { asked, keep: (...keys: readonly string[]) => waiting.keep('default', QUEUE, keys) };
};
const queue = (waiting: number) => ({ ...NO_LIMITS.queue, waiting });
const each = (waiting: number | null) => ({ ...NO_LIMITS.eachKey, waiting });

describe('what would wait beyond a limit', () => {
  it('of its queue is refused, with what to do', async () => {
    const { keep } = limitsOver({ queue: queue(3) }, { all: 2 });
    expect(await keep('a', 'b')).toMatchObject({ ok: false, refusal: { status: 429, code: 'queue-full' } });
    expect(await keep('a')).toMatchObject({ ok: true });
    expect(await keep('a')).toMatchObject({ ok: false });
  });

  it('of its key is refused, and nobody else is', async () => {
    const { keep } = limitsOver({ eachKey: each(2), keys: { large: each(50) } }, { acme: 2, large: 10 });
    expect(await keep('acme')).toMatchObject({
      refusal: {
        status: 429,
        code: 'key-full',
        detail: expect.stringContaining("'acme'"),
        remedy: expect.stringContaining('5s or later'),
      },
    });
    expect(await keep('large', 'other')).toMatchObject({ ok: true });
  });

  it('is all of a request where one of its tasks is, and nothing stays kept', async () => {
    const { keep } = limitsOver({ queue: queue(3), eachKey: each(1) }, { full: 1 });
    expect(await keep('a', 'full')).toMatchObject({ ok: false, refusal: { code: 'key-full' } });
    expect(await keep('a', 'b', 'c')).toMatchObject({ ok: true });
  });

  it('comes in when others did not, after room was kept for them', async () => {
    const { keep } = limitsOver({ eachKey: each(1) }, {});
    const kept = await keep('a');
    assert(kept.ok, 'there was room');
    expect(await keep('a')).toMatchObject({ ok: false });
    kept.value(0);
    expect(await keep('a')).toMatchObject({ ok: true });
  });
});

it('nothing is counted where nothing is limited, or nobody serves', async () => {
  for (const { asked, keep } of [
    limitsOver({}, {}),
    limitsOver({ queue: queue(1) }, {}, { isServed: false }),
  ]) {
    expect(await keep('a', 'b')).toMatchObject({ ok: true });
    expect(asked).toEqual([]);
  }
});
