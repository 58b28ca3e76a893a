import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { revisionId, type TrackId, trackId } from '@sluice/core/kernel/ids.ts';
import { type Split, wholeTo } from '@sluice/core/traffic/split.ts';
import type { LeasedTask } from '../store/tasks/claim-tasks.ts';
import { moveTasks } from '../store/tasks/move-tasks.ts';
import { comparePairs, recordedTasks } from '../store/tasks/shadow-tasks.ts';
import { type TestDatabase, testDatabase } from '../store/testing/test-database.ts';
import { TENANT } from '../store/testing/track-fixtures.ts';
import type { CountedPair } from './outcome-book.ts';
import { postgresTaskEngine } from './postgres-task-engine.ts';
import { postgresTaskRecords } from './postgres-task-records.ts';
import { type ShadowDesk, shadowDesk } from './shadow-desk.ts';
import { type TaskDesk, taskDesk } from './task-desk.ts';
import type { TaskEngine } from './task-engine.ts';
import { newTaskId } from './task-id.ts';

const [V1, V2] = [revisionId('triage-1'), revisionId('triage-2')];
const MIRRORED: Split = { ...wholeTo(V1), mirror: { revision: V2, basisPoints: 10_000 } };
let database: TestDatabase;
let engine: TaskEngine;
let shadows: ShadowDesk;
let desk: TaskDesk;
let queue: TrackId;
let queues = 0;
let pairs: CountedPair[];
/** Copies are made beside the submit. */
let copying: Promise<void>;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

beforeEach(async () => {
  queue = trackId('shop', 'local', `triage-${queues++}`);
  pairs = [];
  copying = Promise.resolve();
  engine = postgresTaskEngine(database.db);
  shadows = shadowDesk({
    ...{ engine, now: Date.now, newId: newTaskId, taken: () => undefined },
    recorded: (tenant, which) => recordedTasks(database.db, tenant, which),
    compare: (limit) => comparePairs(database.db, limit),
    outcomes: { pair: (pair) => void pairs.push(pair) },
  });
  desk = taskDesk({
    ...{ engine, now: Date.now, taken: () => undefined },
    copy: (tenant, taken) => {
      copying = shadows.copy(tenant, taken);
    },
  });
});

const deal = (generation: number, split: Split): Promise<unknown> =>
  engine.deal(TENANT, { queue, generation, split });
const submit = async (...inputs: unknown[]): Promise<void> => {
  const taken = await desk.submit(
    TENANT,
    queue,
    inputs.map((input) => ({ input })),
  );
  expect(taken).toMatchObject({ ok: true });
  await copying;
};
const claim = (revision: typeof V1): Promise<readonly LeasedTask[]> =>
  engine.claim(TENANT, {
    ...{ queue, revision, abilities: [], sessions: [], leaseMs: 60_000 },
    workers: Array.from({ length: 20 }, () => 'one'),
  });
const finish = async (revision: typeof V1, isBad: (input: unknown) => boolean): Promise<void> => {
  const leased = await claim(revision);
  const failure = { failureClass: 'model', message: 'no' } as const;
  const ends = leased.map(({ id, attempt, worker, input }) =>
    isBad(input)
      ? ({ id, attempt, worker, state: 'dead', failure } as const)
      : ({ id, attempt, worker, state: 'succeeded', result: { input } } as const),
  );
  await engine.settle(TENANT, ends);
};

it('lets the candidate do the same tasks, and counts who failed where the other did not', async () => {
  await deal(1, MIRRORED);
  await submit('a', 'b', 'c');
  await finish(V1, (input) => input === 'a');
  expect(await shadows.compareAll(10)).toBe(0);
  const copies = await claim(V2);
  expect(copies.map(({ input }) => input)).toEqual(['a', 'b', 'c']);
  expect(copies.every(({ shadowOf }) => typeof shadowOf === 'string')).toBe(true);
  const results = copies.map(({ id, attempt, worker, input }) =>
    input === 'b'
      ? {
          id,
          attempt,
          worker,
          state: 'dead' as const,
          failure: { failureClass: 'tool', message: '' } as const,
        }
      : { id, attempt, worker, state: 'succeeded' as const, result: { input: `${String(input)}!` } },
  );
  await engine.settle(TENANT, results);
  const counted = await postgresTaskRecords(database.db).count(TENANT, [queue]);
  expect(counted.map(({ revision, dead }) => `${revision} ${dead}`)).toEqual([`${V1} 1`]);
  expect(await shadows.compareAll(10)).toBe(3);
  expect(await shadows.compareAll(10)).toBe(0);
  const told = pairs.map(({ hasCandidateFailed, hasStableFailed, isSame }) =>
    [hasCandidateFailed, hasStableFailed, isSame].join(' '),
  );
  expect(told.toSorted()).toEqual(['false false false', 'false true true', 'true false true']);
  expect(pairs[0]).toMatchObject({ tenant: TENANT, queue, candidate: V2, stable: V1 });
});

it('shows copies to nobody, and does not let them outlive the test', async () => {
  await deal(1, MIRRORED);
  await submit('a');
  const records = postgresTaskRecords(database.db);
  expect(await records.list(TENANT, { queue, limit: 10 })).toHaveLength(1);
  await moveTasks(database.db, TENANT, { queue, running: false, generation: 1 });
  expect(await claim(V2)).toHaveLength(1);
  await submit('b');
  await deal(2, wholeTo(V1));
  await moveTasks(database.db, TENANT, { queue, running: false, generation: 1 });
  expect(await claim(V2)).toEqual([]);
  expect((await claim(V1)).map(({ input }) => input)).toEqual(['a', 'b']);
});

it('copies about the part that is asked for, and a session always or never', async () => {
  await deal(1, { ...MIRRORED, salt: 'ro-1', mirror: { revision: V2, basisPoints: 5_000 } });
  const requests = Array.from({ length: 40 }, (_, number) => ({
    input: number,
    session: `talk-${number % 4}`,
  }));
  await desk.submit(TENANT, queue, requests);
  await copying;
  const copied = new Map<unknown, number>();
  for (let some = await claim(V2); some.length > 0; some = await claim(V2))
    for (const { session } of some) copied.set(session, (copied.get(session) ?? 0) + 1);
  expect([...copied.values()].every((times) => times === 10)).toBe(true);
  expect(copied.size).toBeGreaterThan(0);
  expect(copied.size).toBeLessThan(4);
});

it('lets the last tasks be done again, each once, and none while nobody is mirrored to', async () => {
  await deal(1, wholeTo(V1));
  await submit('a', 'b', 'c');
  await finish(V1, (input) => input === 'b');
  await submit('d');
  await shadows.replay(TENANT, queue, 2);
  expect(await claim(V2)).toEqual([]);
  await deal(2, MIRRORED);
  await shadows.replay(TENANT, queue, 2);
  await shadows.replay(TENANT, queue, 2);
  // Tasks of one moment have no order among themselves.
  const again = (await claim(V2)).map(({ input }) => input);
  expect(new Set(again).size).toBe(2);
  expect(again).not.toContain('d');
});
