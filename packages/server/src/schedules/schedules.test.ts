import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sql } from '../store/testing/sql.ts';
import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import type { ScheduleSpec } from '@sluice/core/tasks/schedule-spec.ts';
import { EMPTY_SPLIT, wholeTo } from '@sluice/core/traffic/split.ts';
import { scheduleRequestSchema } from '@sluice/protocol/http/schedules.ts';
import { findSchedule, listSchedules } from '../store/schedules/schedules.ts';
import { cancelTask } from '../store/tasks/change-tasks.ts';
import { listTasks } from '../store/tasks/list-tasks.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { postgresTaskEngine } from '../tasks/postgres-task-engine.ts';
import { taskDesk } from '../tasks/task-desk.ts';
import { fileSchedules } from './file-schedules.ts';
import { type ScheduleClock, scheduleClock } from './schedule-clock.ts';
import { storedSchedules } from './stored-schedules.ts';

const TENANT = 'default';
const QUEUE = trackId('shop', 'production', 'agent');
const V1 = revisionId('agent-1');
const V2 = revisionId('agent-2');
const log = pino({ level: 'silent' });
const database = withDatabase();
const clocks: ScheduleClock[] = [];
const stopping: (() => Promise<void>)[] = [];

const desk = () =>
  taskDesk({
    ...{ engine: postgresTaskEngine(database.db), now: Date.now, taken: () => undefined },
  });
const clockOf = (): ScheduleClock => {
  const clock = scheduleClock({ db: database.db, desk: desk(), log });
  clocks.push(clock);
  return clock;
};
/** A moment that has just passed, and a cron expression that names it once a day. */
const MOMENT = Math.floor(Date.now() / 60_000) * 60_000;
const DAY = 86_400_000;
const CRON = `${new Date(MOMENT).getUTCMinutes()} ${new Date(MOMENT).getUTCHours()} * * *`;
const registry = () => storedSchedules(database.db, TENANT, Date.now);
const put = async (name: string, request: object = {}) => {
  const asked = scheduleRequestSchema.parse({ cron: CRON, ...request });
  const made = await registry().put(QUEUE, name, asked);
  assert(made.ok, JSON.stringify(made));
  return made.value;
};
/** Lets the next moment of a schedule be this one, and nobody have it in hand. */
const due = (name: string, moment = MOMENT): Promise<unknown> =>
  sql`update schedules set taken_until = null, planned_at = to_timestamp(${moment} / 1000.0)
    where name = ${name}`.execute(database.db);
const lookNow = (): Promise<unknown> => sql`update schedules set taken_until = null`.execute(database.db);
const tasks = () => listTasks(database.db, TENANT, { queue: QUEUE, limit: 1_000 });
const found = async (name: string) => {
  const row = await findSchedule(database.db, TENANT, { queue: QUEUE, name });
  assert(row !== null, 'it is there');
  return row;
};

beforeEach(async () => {
  await postgresTaskEngine(database.db).deal(TENANT, {
    ...{ queue: QUEUE, generation: 1, split: wholeTo(V1) },
  });
});
afterEach(async () => {
  await Promise.all(clocks.splice(0).map((clock) => clock.stop()));
  await Promise.all(stopping.splice(0).map((stop) => stop()));
});

describe('a moment', () => {
  it('makes one task, with everything that the schedule says of it', async () => {
    await put('daily', {
      input: { report: 'daily' },
      priority: 8,
      fairnessKey: 'acme',
      session: 's',
      withinMs: 600_000,
    });
    await due('daily');
    const { plannedAt } = await found('daily');
    expect(await clockOf().turn()).toBe(1);
    const [task, ...others] = await tasks();
    expect(others).toEqual([]);
    expect(task).toMatchObject({
      priority: 8,
      fairnessKey: 'acme',
      session: 's',
      deadlineAt: (plannedAt ?? 0) + 600_000,
    });
    expect(await found('daily')).toMatchObject({ firedAt: plannedAt, task: task?.id, failure: null });
    expect(await clockOf().turn()).toBe(0);
  });

  it('makes one task when many servers act on it at once', async () => {
    for (let nth = 0; nth < 5; nth++) await put(`s${nth}`);
    for (let nth = 0; nth < 5; nth++) await due(`s${nth}`);
    await Promise.all(Array.from({ length: 6 }, () => clockOf().turn()));
    expect(await tasks()).toHaveLength(5);
  });

  it('makes one task when a server has died after it was taken, and before that was written', async () => {
    await put('daily');
    await due('daily');
    const before = await found('daily');
    await clockOf().turn();
    await sql`update schedules set planned_at = to_timestamp(${before.plannedAt} / 1000.0), fired_at = null, task = null,
      taken_until = null`.execute(database.db);
    expect(await clockOf().turn()).toBe(1);
    const [task, ...others] = await tasks();
    expect(others).toEqual([]);
    expect((await found('daily')).task).toBe(task?.id);
  });

  it('waits where tasks are refused, and says why', async () => {
    await put('daily');
    await due('daily');
    await postgresTaskEngine(database.db).deal(TENANT, { queue: QUEUE, generation: 2, split: EMPTY_SPLIT });
    const { plannedAt } = await found('daily');
    await clockOf().turn();
    expect(await found('daily')).toMatchObject({
      plannedAt,
      failure: expect.stringContaining('sluice deploy'),
    });
    await postgresTaskEngine(database.db).deal(TENANT, {
      ...{ queue: QUEUE, generation: 3, split: wholeTo(V1) },
    });
    await lookNow();
    await clockOf().turn();
    expect(await tasks()).toHaveLength(1);
    expect(await found('daily')).toMatchObject({ firedAt: plannedAt, failure: null });
  });

  it.each([
    ['skip', 0],
    ['once', 1],
    ['all', 4],
  ] as const)('that was missed while nobody looked happens by the policy: %s', async (missed, count) => {
    await put('daily', { missed, cron: `${new Date(MOMENT - 600_000).getUTCMinutes()} * * * *` });
    await due('daily', MOMENT - 600_000 - 3 * 3_600_000);
    await clockOf().turn();
    expect(await tasks()).toHaveLength(count);
    expect((await found('daily')).plannedAt).toBe(MOMENT + 3_000_000);
  });

  it('waits for the task of the one before, where it is to', async () => {
    await put('daily', { overlap: 'queue', missed: 'all' });
    await due('daily', MOMENT - DAY);
    await clockOf().turn();
    const first = await found('daily');
    expect([first.firedAt, first.heldAt]).toEqual([MOMENT - DAY, MOMENT]);
    await lookNow();
    await clockOf().turn();
    expect(await tasks()).toHaveLength(1);
    await cancelTask(database.db, TENANT, first.task ?? '');
    await lookNow();
    await clockOf().turn();
    expect(await tasks()).toHaveLength(2);
    expect((await found('daily')).heldAt).toBeNull();
  });
});

describe('a schedule', () => {
  it('rests, and goes on without making up for anything', async () => {
    await put('daily');
    await due('daily');
    expect(await registry().pause(QUEUE, 'daily')).toMatchObject({ ok: true, value: { isPaused: true } });
    expect(await clockOf().turn()).toBe(0);
    const resumed = await registry().resume(QUEUE, 'daily');
    assert(resumed.ok, 'it is there');
    expect(resumed.value.nextAt).toBeGreaterThan(Date.now());
    expect(await clockOf().turn()).toBe(0);
  });

  it('goes on where it stood when it is put again as it is, and anew when it says something else', async () => {
    await put('daily');
    await due('daily');
    const { plannedAt } = await found('daily');
    expect((await put('daily')).nextAt).toBe(plannedAt);
    expect((await put('daily', { priority: 1 })).nextAt).toBeGreaterThan(Date.now());
  });

  it('is refused for what serves no tasks, and where cron or zone are none', async () => {
    const asked = (request: object) => scheduleRequestSchema.parse({ cron: '@daily', ...request });
    const other = trackId('a', 'b', 'c');
    expect(await registry().put(other, 'daily', asked({}))).toMatchObject({
      refusal: { code: 'not-served' },
    });
    for (const wrong of [{ cron: '* * *' }, { timeZone: 'Mars/Base' }])
      expect(await registry().put(QUEUE, 'daily', asked(wrong))).toMatchObject({
        ...{ ok: false, refusal: { status: 422, code: 'invalid-schedule' } },
      });
  });
});

describe('schedules of a release', () => {
  const spec = (name: string, more: Partial<ScheduleSpec> = {}): ScheduleSpec => ({
    ...{ name, cron: '@daily', timeZone: 'UTC', missed: 'once', overlap: 'allow', input: null, priority: 5 },
    ...{ fairnessKey: null, session: null, abilities: [], withinMs: null, ...more },
  });
  const declared = { [V1]: [spec('a'), spec('b')], [V2]: [spec('b', { priority: 1 }), spec('c')] };
  let stable = V1;
  const files = () => {
    const running = fileSchedules({
      ...{ db: database.db, tenant: TENANT, now: Date.now, log },
      tracks: async () => [{ id: QUEUE, stable }],
      declared: async (_track, revision) => declared[revision] ?? [],
    });
    stopping.push(() => running.stop());
    return running;
  };
  const names = async () =>
    (await listSchedules(database.db, TENANT, { limit: 10 })).map(({ name, origin }) => `${name} ${origin}`);

  it('come with its promotion, go with the next one, and leave those of people alone', async () => {
    await put('mine');
    stable = V1;
    const [one, two] = [files(), files()];
    await Promise.all([one.look(), two.look()]);
    expect(await names()).toEqual(['a file', 'b file', 'mine api']);
    stable = V2;
    await one.look();
    expect(await names()).toEqual(['b file', 'c file', 'mine api']);
    expect((await found('b')).spec).toMatchObject({ priority: 1 });
    stable = V1;
    await Promise.all([one.look(), two.look()]);
    expect(await names()).toEqual(['a file', 'b file', 'mine api']);
  });

  it('stay paused when a server starts anew, and are changed by nobody else', async () => {
    stable = V1;
    await files().look();
    expect(await registry().pause(QUEUE, 'a')).toMatchObject({ ok: true });
    await files().look();
    expect((await found('a')).isPaused).toBe(true);
    const asked = scheduleRequestSchema.parse({ cron: '@hourly' });
    expect(await registry().put(QUEUE, 'a', asked)).toMatchObject({ refusal: { code: 'declared' } });
    expect(await registry().remove(QUEUE, 'a')).toMatchObject({ refusal: { code: 'declared' } });
  });
});
