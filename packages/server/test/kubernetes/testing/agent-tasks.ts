/** Purpose: gives tasks to the agents of a rig, and waits for what becomes of them. */
import { setTimeout as delay } from 'node:timers/promises';
import { assert } from '@sluice/core/kernel/assert.ts';
import { expect, vi } from 'vitest';
import type { KubernetesRig } from '../kubernetes-rig.ts';

const TRACK = 'shop/local/web';
const PATIENCE = { timeout: 120_000, interval: 200 };
const PACE_MS = 100;

/** Submits so many tasks that take so long each; gives their ids. */
export async function submit(rig: KubernetesRig, count: number, ms: number): Promise<readonly string[]> {
  const tasks = Array.from({ length: count }, () => ({ input: { ms } }));
  const reply = await rig.api.submitTasks(TRACK, tasks);
  assert(reply.ok, `the tasks were refused: ${JSON.stringify(reply)}`);
  return reply.value.tasks.map(({ id }) => id);
}

/** Waits until all have succeeded; gives the versions that have done them. */
export const doneBy = (rig: KubernetesRig, ids: readonly string[]): Promise<readonly string[]> =>
  vi.waitFor(async () => {
    const replies = await Promise.all(ids.map((id) => rig.api.task(id)));
    const tasks = replies.flatMap((reply) => (reply.ok ? [reply.value] : []));
    expect(tasks.map(({ state }) => state)).toEqual(ids.map(() => 'succeeded'));
    return [...new Set(tasks.map(({ result }) => String(result)))].toSorted((a, b) => a.localeCompare(b));
  }, PATIENCE);

/** Keeps small tasks coming while something is waited for; gives those that came in. */
export async function underLoad(
  rig: KubernetesRig,
  holds: () => Promise<unknown>,
): Promise<readonly string[]> {
  const ids: string[] = [];
  const stop = new AbortController();
  const load = (async () => {
    while (!stop.signal.aborted) {
      ids.push(...(await submit(rig, 4, 20)));
      await delay(PACE_MS); // The rate of the load.
    }
  })();
  await holds().finally(() => stop.abort());
  await load;
  return ids;
}
