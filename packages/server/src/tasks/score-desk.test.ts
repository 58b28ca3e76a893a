import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { listScores, putScores } from '../store/tasks/task-scores.ts';
import { submitTasks } from '../store/tasks/submit-tasks.ts';
import { putTaskSplit } from '../store/tasks/task-queues.ts';
import { type TestDatabase, testDatabase } from '../store/testing/test-database.ts';
import { TENANT } from '../store/testing/track-fixtures.ts';
import type { LateScores } from './outcome-book.ts';
import { type ScoreDesk, scoreDesk } from './score-desk.ts';
import { newTaskId } from './task-id.ts';

const QUEUE = trackId('shop', 'local', 'triage');
const V1 = revisionId('triage-1');
let database: TestDatabase;
let desk: ScoreDesk;
let noted: LateScores[];
let task: string;

beforeAll(async () => {
  database = await testDatabase();
  await putTaskSplit(database.db, TENANT, { queue: QUEUE, generation: 1, split: {} });
});
afterAll(() => database[Symbol.asyncDispose]());

beforeEach(async () => {
  noted = [];
  task = newTaskId(Date.now());
  await submitTasks(database.db, TENANT, {
    ...{ queue: QUEUE, generation: 1 },
    tasks: [
      {
        ...{ id: task, revision: V1, lane: '', priority: 5, fairnessKey: '', weight: 1, session: null },
        ...{ dueAt: null, deadlineAt: null, idempotencyKey: null, input: null },
      },
    ],
  });
  desk = scoreDesk({
    write: (tenant, scores) => putScores(database.db, tenant, scores),
    outcomes: { score: (scores) => void noted.push(scores) },
    now: () => 7_000,
  });
});

it('counts a score once for each source, and keeps what it was corrected to', async () => {
  const first = await desk.score(TENANT, { task, source: 'ann', scores: { helpful: 0.4, polite: 1 } });
  expect(first).toEqual({ ok: true, value: { task, counted: ['helpful', 'polite'] } });
  const corrected = await desk.score(TENANT, { task, source: 'ann', scores: { helpful: 0.9 } });
  expect(corrected).toMatchObject({ value: { counted: [] } });
  await desk.score(TENANT, { task, source: 'bob', scores: { helpful: 0.1 } });
  const subject = { tenant: TENANT, queue: QUEUE, revision: V1, at: 7_000 };
  expect(noted).toEqual([
    { ...subject, scores: { helpful: 0.4, polite: 1 } },
    { ...subject, scores: { helpful: 0.1 } },
  ]);
  expect(await listScores(database.db, TENANT, task)).toEqual([
    { name: 'helpful', source: 'ann', score: 0.9 },
    { name: 'helpful', source: 'bob', score: 0.1 },
    { name: 'polite', source: 'ann', score: 1 },
  ]);
});

it('knows nothing of a task of somebody else', async () => {
  const refused = await desk.score('other', { task, source: 'ann', scores: { helpful: 1 } });
  expect(refused).toMatchObject({ ok: false, refusal: { status: 404 } });
  expect(noted).toEqual([]);
});
