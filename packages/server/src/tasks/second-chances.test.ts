import { beforeEach, expect, it } from 'vitest';
import { revisionId } from '@sluice/core/kernel/ids.ts';
import { wholeTo } from '@sluice/core/traffic/split.ts';
import { sql } from '../store/testing/sql.ts';
import { pino } from 'pino';
import { putRollouts } from '../store/rollouts/rollouts.ts';
import type { LeasedTask } from '../store/tasks/claim-tasks.ts';
import { condemnedRevisions, condemnedTasks } from '../store/tasks/condemned-tasks.ts';
import { submitTasks } from '../store/tasks/submit-tasks.ts';
import { firstCommit, rolloutOf, TENANT, WEB } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { commitTrack } from '../store/tracks/commit-track.ts';
import { postgresTaskEngine } from './postgres-task-engine.ts';
import { postgresTaskRecords } from './postgres-task-records.ts';
import { type SecondChances, secondChances } from './second-chances.ts';
import { newTaskId } from './task-id.ts';

const [V1, V2] = [revisionId('web-1'), revisionId('web-2')];
const FAILURE = { failureClass: 'input', message: 'not understood' } as const;
const database = withDatabase();
let chances: SecondChances;

beforeEach(async () => {
  const { db } = database;
  await commitTrack(db, TENANT, firstCommit({ rollouts: [] }));
  chances = secondChances(TENANT, {
    records: postgresTaskRecords(db),
    condemned: () => condemnedRevisions(db, TENANT, 600_000),
    letters: (revision, limit) => condemnedTasks(db, TENANT, { ...revision, limit }),
    taken: () => undefined,
    log: pino({ level: 'silent' }),
  });
  const engine = postgresTaskEngine(db);
  await engine.deal(TENANT, { queue: WEB, generation: 1, split: wholeTo(V1) });
  return () => chances.close();
});

const claim = (revision: typeof V1): Promise<readonly LeasedTask[]> =>
  postgresTaskEngine(database.db).claim(TENANT, {
    ...{ queue: WEB, revision, abilities: [], sessions: [], leaseMs: 60_000 },
    workers: ['one', 'one', 'one'],
  });
/** A task of a revision fails for good. */
const fail = async (revision: typeof V1, deadlineAt: number | null = null): Promise<void> => {
  const task = {
    ...{ id: newTaskId(Date.now()), revision, lane: '', priority: 5, fairnessKey: '', weight: 1 },
    ...{ session: null, dueAt: null, deadlineAt, idempotencyKey: null, input: revision },
  };
  await submitTasks(database.db, TENANT, { queue: WEB, generation: 1, tasks: [task] });
  const [lease] = await claim(revision);
  if (!lease) throw new TypeError('the task waits');
  const { id, attempt, worker } = lease;
  await postgresTaskEngine(database.db).settle(TENANT, [
    { id, attempt, worker, state: 'dead', failure: FAILURE },
  ]);
};
const end = (outcome: 'rolled-back' | 'succeeded'): Promise<void> =>
  putRollouts(database.db, TENANT, [
    rolloutOf(9, {
      ...{ number: 9, candidate: V2, outcome, requestedAt: Date.now() - 60_000, finishedAt: Date.now() },
    }),
  ]);

it('tries tasks again that a release has failed for good which was taken back, once', async () => {
  await fail(V2);
  await fail(V1);
  await chances.turn();
  expect(await claim(V1)).toEqual([]);
  await end('rolled-back');
  await chances.turn();
  const [again, ...others] = await claim(V1);
  expect(again).toMatchObject({ input: V2, failures: 0, revision: V1 });
  expect(others).toEqual([]);
  if (again)
    await postgresTaskEngine(database.db).settle(TENANT, [
      { id: again.id, attempt: again.attempt, worker: 'one', state: 'dead', failure: FAILURE },
    ]);
  await chances.turn();
  expect(await claim(V1)).toEqual([]);
});

it('leaves dead what a good release has failed, and what is of no use any more', async () => {
  await fail(V2);
  await end('succeeded');
  await chances.turn();
  expect(await claim(V1)).toEqual([]);
  await sql`update tasks set deadline_at = now() - interval '1 second'`.execute(database.db);
  await end('rolled-back');
  await chances.turn();
  expect(await claim(V1)).toEqual([]);
});
