import { expect, it } from 'vitest';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import type { Target } from './target.ts';
import { pinnedTarget } from './pinned-target.ts';

const TRACK = trackId('shop', 'local', 'agent');
const [V1, V2] = [revisionId('agent-1'), revisionId('agent-2')];

it('keeps a revision until nothing is pinned to it, and passes on everything else', async () => {
  const calls: unknown[][] = [];
  const noted =
    (name: string) =>
    async (...of: unknown[]) =>
      void calls.push([name, ...of]);
  const target = Object.fromEntries(
    ['apply', 'observe', 'retire', 'inventory', 'instances', 'logs'].map((name) => [name, noted(name)]),
  ) as unknown as Target;
  const pinned = new Set([V1]);
  const kept = pinnedTarget(target, async (_track, revision) => pinned.has(revision));
  await kept.retire(TRACK, V1, 3);
  await kept.retire(TRACK, V2, 3);
  pinned.clear();
  await kept.retire(TRACK, V1, 3);
  await kept.logs(TRACK, V1, 5);
  expect(calls).toEqual([
    ['retire', TRACK, V2, 3],
    ['retire', TRACK, V1, 3],
    ['logs', TRACK, V1, 5],
  ]);
});
