import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { queuePageSchema } from '@sluice/protocol/http/queues.ts';
import { taskPageSchema } from '@sluice/protocol/http/tasks.ts';
import { trackSchema } from '@sluice/protocol/http/views.ts';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { SDK, type TestFleet, testFleet } from './fleet-harness.ts';

const TRACK = '/api/v1/tracks/fleet/local/echo';
const PATIENCE = { timeout: 60_000, interval: 100 };
const TASKS = 24;

const COMPONENTS = `
echo:
  kind: agents
  run: exec ${process.execPath} agent.mjs
  instances: 1
  drain: 1m
  agents: { retry: { failures: 3, pause: 10ms }, unfinished: pin }
  strategy: { canary: { phases: [{ share: 50%, hold: 10m }], min-requests: 1000, judge: { warm-up: 1s } } }
`;
/** Waits until it is let go on; then every task fails once. */
const program = (version: string) => `import { startWorker } from '${SDK}';
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
await startWorker({
  handle: async ({ input, attempt }, { signal }) => {
    while (!existsSync(input.until)) await pause(50, undefined, { signal });
    if (attempt === 1) throw new RangeError('it was told to');
    return '${version}';
  },
});
`;

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await testFleet({ components: COMPONENTS, program: program('v1') });
});
afterAll(() => fleet.down());

const tasks = async () => taskPageSchema.parse(JSON.parse(await fleet.get(`${TRACK}/tasks?limit=100`))).items;
/** Which revision each task is with. */
const given = async (): Promise<ReadonlyMap<string, string>> =>
  new Map((await tasks()).map(({ id, revision }) => [id, revision]));
const shares = async () =>
  queuePageSchema
    .parse(JSON.parse(await fleet.get('/api/v1/queues')))
    .items.flatMap(({ revisions }) => revisions.map(({ shareBasisPoints }) => shareBasisPoints))
    .toSorted((a, b) => a - b);

it('tasks that are pinned end on the version that they were given to, which then goes', async () => {
  await writeFile(join(fleet.folder, 'agent.mjs'), program('v2'));
  expect(await fleet.sluice('deploy')).toMatchObject({ code: 0 });
  await vi.waitFor(async () => expect(await shares()).toEqual([5_000, 5_000]), PATIENCE);
  const until = join(fleet.directory, 'go');
  await fleet.submit('echo', ...Array.from({ length: TASKS }, () => ({ until })));
  const before = await given();
  expect([before.size, new Set(before.values()).size]).toEqual([TASKS, 2]);
  expect((await fleet.sluice('abort')).code).toBe(0);
  await vi.waitFor(async () => expect(await shares()).toEqual([0, 10_000]), PATIENCE);
  await writeFile(until, '');
  await vi.waitFor(async () => {
    for (const { state, attempt } of await tasks()) expect([state, attempt]).toEqual(['succeeded', 2]);
  }, PATIENCE);
  expect(await given()).toEqual(before);
  await vi.waitFor(async () => {
    const track = trackSchema.parse(JSON.parse(await fleet.get(TRACK)));
    expect(track.revisions).toHaveLength(1);
  }, PATIENCE);
});
