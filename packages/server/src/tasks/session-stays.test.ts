import { expect, it } from 'vitest';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { type Split, wholeTo } from '@sluice/core/traffic/split.ts';
import { sessionRevisions } from '../store/tasks/session-revisions.ts';
import { TENANT } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { postgresTaskEngine } from './postgres-task-engine.ts';
import { postgresTaskRecords } from './postgres-task-records.ts';
import { taskDesk } from './task-desk.ts';

const QUEUE = trackId('shop', 'local', 'triage');
const [V1, V2] = [revisionId('triage-1'), revisionId('triage-2')];
const database = withDatabase();

const shared = (candidate: number): Split => ({
  ...wholeTo(V1),
  salt: 'ro-2',
  weights: [
    { revision: V2, basisPoints: candidate },
    { revision: V1, basisPoints: 10_000 - candidate },
  ],
});

it('a conversation stays with the revision that it began with, whatever its share, until that gets no more', async () => {
  const engine = postgresTaskEngine(database.db);
  const records = postgresTaskRecords(database.db);
  const submit = async (generation: number, split: Split): Promise<ReadonlyMap<string, string>> => {
    await engine.deal(TENANT, { queue: QUEUE, generation, split });
    const desk = taskDesk({
      ...{ engine, now: Date.now, taken: () => undefined },
      lastOf: (tenant, which) => sessionRevisions(database.db, tenant, which),
    });
    const requests = Array.from({ length: 20 }, (_, talk) => ({ input: null, session: `talk-${talk}` }));
    await desk.submit(TENANT, QUEUE, requests);
    const tasks = await records.list(TENANT, { queue: QUEUE, limit: 20 });
    return new Map(tasks.map(({ session, revision }) => [session ?? '', revision]));
  };
  const first = await submit(1, shared(3_000));
  expect(new Set(first.values()).size).toBe(2);
  expect(await submit(2, shared(9_900))).toEqual(first);
  const all = await submit(3, wholeTo(V2));
  expect(new Set(all.values())).toEqual(new Set([V2]));
});
