import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import { USUAL_LIMITS } from '@sluice/core/tasks/workflow-spec.ts';
import { trackId } from '@sluice/core/kernel/ids.ts';
import { cancelTask, readTask } from '../store/tasks/change-tasks.ts';
import { settleTasks } from '../store/tasks/settle-tasks.ts';
import { putTaskSplit } from '../store/tasks/task-queues.ts';
import { deleteOldWorkflows } from '../store/workflows/prune-workflows.ts';
import { readWorkflow } from '../store/workflows/read-workflows.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { revisionId } from '@sluice/core/kernel/ids.ts';
import { wholeTo } from '@sluice/core/traffic/split.ts';
import { sql } from '../store/testing/sql.ts';
import { cancelWorkflow } from './cancel-workflow.ts';
import { submitWorkflow } from './submit-workflow.ts';
import {
  AGENT,
  nameOf,
  node,
  OTHER,
  serveAgents,
  specOf,
  TENANT,
  type WorkflowWorld,
  workflowWorld,
} from './testing/workflow-world.ts';

const database = withDatabase();
let world: WorkflowWorld;
beforeEach(async () => {
  await serveAgents(database.db);
  world = workflowWorld(database.db);
});
afterEach(() => world.stop());

/** Everything goes well but what is named. */
const failing =
  (...names: readonly string[]) =>
  (task: Parameters<typeof nameOf>[0]) =>
    names.includes(nameOf(task)) ? { fails: 'no' } : { result: `${nameOf(task)} done` };

describe('a diamond', () => {
  const diamond = [node('a'), node('b', ['a']), node('c', ['a'], { track: OTHER }), node('d', ['b', 'c'])];

  it('is worked off in its order, on the queues of its tasks', async () => {
    const id = await world.submit(specOf(diamond));
    const worked = await world.run(failing());
    const order = worked.map(nameOf);
    expect(order.toSorted()).toEqual(['a', 'b', 'c', 'd']);
    expect([order[0], order[3]]).toEqual(['a', 'd']);
    expect(worked.find((task) => nameOf(task) === 'c')?.queue).toBe(OTHER);
    expect(await world.workflow(id)).toMatchObject({ state: 'succeeded', open: 0, tasks: 4, verdict: null });
  });

  it('hands results on', async () => {
    const nodes = [
      ...diamond.slice(0, 3),
      node('d', ['b', 'c'], { input: { name: 'd', b: { $result: 'b' }, of: { $input: '/of' } } }),
    ];
    await world.submit(specOf(nodes, { input: { of: 'ada' } }));
    const worked = await world.run((task) => ({ result: { from: nameOf(task) } }));
    expect(worked.at(-1)?.input).toEqual({ name: 'd', b: { from: 'b' }, of: 'ada' });
  });

  it('shows what waits as a blocked task, which is in no line', async () => {
    const id = await world.submit(specOf(diamond));
    const d = (await world.nodes(id)).get('d');
    expect(await readTask(database.db, TENANT, d?.task ?? '')).toMatchObject({
      state: 'blocked',
      queue: AGENT,
    });
    expect((await world.claim()).map(nameOf)).toEqual(['a']);
  });

  it('is taken once, however often it is asked for with one key', async () => {
    const first = await submitWorkflow(world.ports, TENANT, specOf(diamond), 'k');
    const second = await submitWorkflow(world.ports, TENANT, specOf(diamond), 'k');
    expect(first).toMatchObject({ ok: true, value: { isNew: true } });
    expect(second).toEqual({ ok: true, value: { ...(first.ok && first.value), isNew: false } });
    expect(await world.run(failing())).toHaveLength(4);
  });

  it('is told nobody who asks for something else with its key', async () => {
    const first = await submitWorkflow(world.ports, TENANT, specOf([node('a')]), 'nightly');
    expect(first).toMatchObject({ ok: true });
    for (const other of [node('a', [], { track: OTHER }), node('b')])
      expect(await submitWorkflow(world.ports, TENANT, specOf([other]), 'nightly')).toMatchObject({
        ok: false,
        refusal: { code: 'idempotency-key-reused' },
      });
  });
});

describe('a join', () => {
  const three = [node('a'), node('b'), node('c')];
  test.each([
    ['all', [], 'succeeded', 'succeeded'],
    ['all', ['a'], 'skipped', 'failed'],
    ['any', ['a', 'b'], 'succeeded', 'succeeded'],
    ['any', ['a', 'b', 'c'], 'skipped', 'failed'],
    [{ quorum: 2 }, ['a'], 'succeeded', 'succeeded'],
    [{ quorum: 2 }, ['a', 'b'], 'skipped', 'failed'],
    ['settled', ['a', 'b', 'c'], 'succeeded', 'succeeded'],
  ] as const)('of %j, where %j fail: %s', async (join, failed, state, workflow) => {
    const id = await world.submit(specOf([...three, node('d', ['a', 'b', 'c'], { join })]));
    await world.run(failing(...failed));
    expect((await world.states(id))['d']).toBe(state);
    expect((await world.workflow(id)).state).toBe(workflow);
  });

  it('hands on what became of each that it waited for', async () => {
    const gather = node('d', ['a', 'b'], { join: 'settled', input: { name: 'd', all: { $outcomes: true } } });
    await world.submit(specOf([node('a'), node('b'), gather]));
    const worked = await world.run(failing('b'));
    expect(worked.at(-1)?.input).toEqual({
      name: 'd',
      all: {
        a: { state: 'succeeded', result: 'a done', failure: null },
        b: { state: 'dead', result: null, failure: 'no' },
      },
    });
  });
});

describe('when a task fails that nothing makes up for', () => {
  const nodes = [node('a'), node('b', ['a']), node('c', ['b']), node('x'), node('y', ['x'])];

  it('the others are cancelled', async () => {
    const id = await world.submit(specOf(nodes));
    const [a, x] = (await world.claim()).toSorted((p, q) => (nameOf(p) < nameOf(q) ? -1 : 1));
    await world.end(a as never, { fails: 'broken' });
    await world.clock.turn();
    expect(await world.states(id)).toEqual({
      a: 'dead',
      b: 'skipped',
      c: 'skipped',
      x: 'cancelled',
      y: 'cancelled',
    });
    expect(world.revoked).toEqual([x?.id]);
    expect(await world.workflow(id)).toMatchObject({
      ...{ state: 'failed', open: 0 },
      reason: 'the task c could not begin: what it waited for did not succeed',
    });
  });

  it('the others go on where the workflow asks for that', async () => {
    const id = await world.submit(specOf(nodes, { onFailure: 'continue' }));
    await world.run(failing('a'));
    expect(await world.states(id)).toEqual({
      a: 'dead',
      b: 'skipped',
      c: 'skipped',
      x: 'succeeded',
      y: 'succeeded',
    });
    expect((await world.workflow(id)).state).toBe('failed');
  });

  it('what had succeeded is undone, the latest first, and one that cannot be undone stops nothing', async () => {
    const undo = (name: string, more: object = {}) => ({
      compensation: { track: OTHER, input: { name: `undo ${name}`, of: { $result: name } }, ...more },
    });
    const chain = [
      node('a', [], undo('a')),
      node('b', ['a'], { compensation: { track: OTHER, input: undefined } }),
      node('plain', ['b']),
      node('c', ['plain'], undo('c')),
      node('d', ['c'], undo('d')),
    ];
    const id = await world.submit(specOf(chain, { onFailure: 'compensate' }));
    const worked = await world.run((task) =>
      ['d', 'undo c'].includes(nameOf(task)) ? { fails: 'no' } : { result: { did: nameOf(task) } },
    );
    expect(worked.slice(5).map(({ input }) => input)).toEqual([
      { name: 'undo c', of: { did: 'c' } },
      { did: 'b' },
      { name: 'undo a', of: { did: 'a' } },
    ]);
    expect(await world.states(id)).toMatchObject({ d: 'dead', 'undo c': 'dead', 'undo a': 'succeeded' });
    expect(await world.workflow(id)).toMatchObject({ state: 'failed', open: 0, tasks: 8 });
  });

  it('what would be given more than a task may have to undo something is not begun, and stops nothing', async () => {
    const often = Array.from({ length: 12_000 }, () => ({ $result: 'b' }));
    const nodes = [
      node('a', [], { compensation: { track: OTHER, input: { name: 'undo a' } } }),
      node('b', ['a'], { compensation: { track: OTHER, input: often } }),
      node('c', ['b']),
    ];
    const id = await world.submit(specOf(nodes, { onFailure: 'compensate' }));
    await world.run((task) => (nameOf(task) === 'c' ? { fails: 'no' } : { result: 'x'.repeat(262_000) }));
    expect(await world.states(id)).toMatchObject({ 'undo b': 'dead', 'undo a': 'succeeded' });
    expect(await world.workflow(id)).toMatchObject({ state: 'failed', open: 0 });
  });

  it('it is told why', async () => {
    const id = await world.submit(specOf([node('only')]));
    await world.run(failing('only'));
    expect((await world.workflow(id)).reason).toBe('the task only failed: no');
  });
});

describe('a workflow that is cancelled', () => {
  it('ends what is open, and tells those who work on it', async () => {
    const id = await world.submit(specOf([node('a'), node('b', ['a'])]));
    const [a] = await world.claim();
    expect(await cancelWorkflow(world.ports, TENANT, id, 'enough')).toEqual({ ok: true, value: null });
    expect(world.revoked).toEqual([a?.id]);
    expect(await world.end(a as never, { result: 'late' })).toBe(false);
    await world.clock.turn();
    expect(await world.workflow(id)).toMatchObject({ state: 'cancelled', reason: 'enough', open: 0 });
    expect(await cancelWorkflow(world.ports, TENANT, id, 'again')).toMatchObject({
      ok: false,
      refusal: { code: 'not-possible' },
    });
  });

  it('is undone where it asks for that', async () => {
    const nodes = [
      node('a', [], { compensation: { track: AGENT, input: { name: 'undo' } } }),
      node('b', ['a']),
    ];
    const id = await world.submit(specOf(nodes, { onFailure: 'compensate' }));
    const [a] = await world.claim();
    await world.end(a as never, { result: 1 });
    await cancelWorkflow(world.ports, TENANT, id, 'enough');
    expect((await world.run(failing())).map(nameOf)).toEqual(['undo']);
    expect((await world.workflow(id)).state).toBe('cancelled');
  });

  it('that nobody knows is refused', async () => {
    expect(await cancelWorkflow(world.ports, TENANT, world.ports.newId(), '')).toMatchObject({
      refusal: { code: 'not-found' },
    });
    const id = await world.submit(specOf([node('a')]));
    expect(await cancelWorkflow(world.ports, 'stranger', id, '')).toMatchObject({
      refusal: { code: 'not-found' },
    });
  });
});

describe('one task of a workflow', () => {
  it('that a person cancels counts as one that did not succeed', async () => {
    const id = await world.submit(specOf([node('a'), node('b', ['a'])]));
    await cancelTask(database.db, TENANT, (await world.nodes(id)).get('b')?.task ?? '');
    await world.run(failing());
    expect(await world.states(id)).toEqual({ a: 'cancelled', b: 'cancelled' });
    expect(await world.workflow(id)).toMatchObject({ state: 'failed', reason: 'the task b was cancelled' });
  });

  it('that would be given more than a task may have fails, and says so', async () => {
    const nodes = [
      node('a'),
      node('b'),
      node('c', ['a', 'b'], { input: [{ $result: 'a' }, { $result: 'b' }] }),
    ];
    const id = await world.submit(specOf(nodes));
    await world.run(() => ({ result: 'x'.repeat(200_000) }));
    expect((await world.workflow(id)).reason).toContain('its input has');
  });

  it('fails as soon, however often it refers to what is large, and holds nobody else up', async () => {
    const often = Array.from({ length: 12_000 }, () => ({ $result: 'a' }));
    const id = await world.submit(specOf([node('a'), node('b', ['a'], { input: often }), node('c', ['a'])]));
    await world.run((task) => ({ result: nameOf(task) === 'c' ? 'c done' : 'x'.repeat(262_000) }));
    expect(await world.workflow(id)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('more than'),
    });
  });

  it('fails when the results that it asks for are more than are held at once', async () => {
    const many = Array.from({ length: 140 }, (_, n) => node(`n${n}`));
    const all = node(
      'all',
      many.map(({ name }) => name),
      { input: { $outcomes: true } },
    );
    const last = ['b', 'c'].map((name) => node(name, ['n0'], { input: { size: { $result: 'n0' } } }));
    const id = await world.submit(specOf([...many, all, ...last], { onFailure: 'continue' }));
    await world.run(() => ({ result: 'x'.repeat(250_000) }));
    expect(await world.states(id)).toMatchObject({ all: 'dead', b: 'succeeded', c: 'succeeded' });
    expect((await world.workflow(id)).reason).toContain('have more than 33554432 bytes together');
  });

  it('is dealt by the split that is in force when it may begin', async () => {
    await world.submit(specOf([node('a'), node('b', ['a'])]));
    const [a] = await world.claim();
    const v2 = revisionId('agent-2');
    await putTaskSplit(database.db, TENANT, { queue: AGENT, generation: 2, split: wholeTo(v2) });
    await world.end(a as never, { result: 1 });
    await world.clock.turn();
    const { rows } = await sql`select revision from tasks where state = 'waiting'`.execute(database.db);
    expect(rows).toEqual([{ revision: v2 }]);
  });

  it('begins after its pause, and ends by its own time', async () => {
    const timed = node('b', ['a'], { delayMs: 60_000, withinMs: 5_000 });
    const id = await world.submit(specOf([node('a'), timed]));
    const before = Date.now();
    await world.run(failing());
    const b = await readTask(database.db, TENANT, (await world.nodes(id)).get('b')?.task ?? '');
    expect(b?.state).toBe('scheduled');
    expect((b?.dueAt ?? 0) - before).toBeGreaterThanOrEqual(60_000);
    expect((b?.deadlineAt ?? 0) - (b?.dueAt ?? 0)).toBe(5_000);
  });
});

describe('a workflow is refused', () => {
  const refused = async (spec: Parameters<typeof specOf>): Promise<string> => {
    const answer = await submitWorkflow(world.ports, TENANT, specOf(...spec), null);
    return answer.ok ? 'taken' : `${answer.refusal.message} ${answer.refusal.remedy}`;
  };
  test.each([
    ['with a circle', [node('a', ['b']), node('b', ['a'])], 'a waits for b waits for a'],
    [
      'for what nothing serves',
      [node('a', [], { track: trackId('x', 'y', 'z') })],
      'its task a is for x/y/z',
    ],
    [
      'when what undoes a task is not served',
      [node('a', [], { compensation: { track: trackId('x', 'y', 'z'), input: 1 } })],
      'its task a is for x/y/z',
    ],
    [
      'with a task that is none',
      [node('a', [], { priority: 77 })],
      'because of the task a. The task was not taken: its priority',
    ],
    ['with an odd pause', [node('a', [], { delayMs: -1 })], 'delayMs of the task a is -1'],
  ])('%s', async (_, nodes, words) => {
    expect(await refused([nodes])).toContain(words);
    const { rows } = await sql<{ n: number }>`
      select (select count(*) from workflows) + (select count(*) from tasks) as n`.execute(database.db);
    expect(rows[0]?.n).toBe(0);
  });

  it('beyond its limits, with what to do', async () => {
    const limits = { ...USUAL_LIMITS, tasks: 1 };
    expect(await refused([[node('a'), node('b')], { limits }])).toMatch(
      /2 tasks, and 1 are the most.*limits: /,
    );
  });
});

it('a workflow is kept until it is old, and then forgotten with all its tasks', async () => {
  const id = await world.submit(specOf([node('a'), node('b', ['a'])]));
  await world.run(failing());
  const at = (before: number) => deleteOldWorkflows(database.db, { before, limit: 10 });
  expect([await at(Date.now() - 60_000), await at(Date.now() + 60_000)]).toEqual([0, 1]);
  expect(await readWorkflow(database.db, TENANT, id)).toBeNull();
  expect((await sql`select 1 from workflow_nodes`.execute(database.db)).rows).toEqual([]);
});

it('a workflow that costs more than it may is stopped', async () => {
  const limits = { ...USUAL_LIMITS, costMicros: 150 };
  const id = await world.submit(specOf([node('a'), node('b', ['a']), node('c', ['b'])], { limits }));
  await world.run(async (task) => {
    await sql`update tasks set cost_micros = 100 where id = ${task.id}::uuid`.execute(database.db);
    return { result: 1 };
  });
  expect(await world.states(id)).toEqual({ a: 'succeeded', b: 'succeeded', c: 'cancelled' });
  expect(await world.workflow(id)).toMatchObject({
    ...{ state: 'failed', costMicros: 200 },
    reason: 'it has cost 200 millionths, and may cost 150',
  });
});

it('what work costs adds up to what can be read, and no further', async () => {
  const most = Number.MAX_SAFE_INTEGER;
  const id = await world.submit(specOf([node('a'), node('b')]));
  const [a, b] = await world.claim();
  for (const task of [a, b]) {
    assert(task !== undefined, 'both wait');
    await sql`update tasks set cost_micros = ${most - 10} where id = ${task.id}::uuid`.execute(database.db);
    const { id: taskId, attempt, worker } = task;
    const end = { id: taskId, attempt, worker, state: 'succeeded', result: 1, costMicros: 1e12 } as const;
    expect(await settleTasks(database.db, TENANT, [end])).toEqual(new Set([taskId]));
    await world.clock.turn();
  }
  expect(await world.workflow(id)).toMatchObject({ state: 'succeeded', costMicros: most });
});

it('a thousand tasks between a first and a last one are worked off', { timeout: 60_000 }, async () => {
  const middle = Array.from({ length: 1_000 }, (_, n) => node(`n${n}`, ['first']));
  const last = node(
    'last',
    middle.map(({ name }) => name),
    { input: { name: 'last' } },
  );
  const limits = { ...USUAL_LIMITS, fanOut: 1_000 };
  const id = await world.submit(specOf([node('first'), ...middle, last], { limits }));
  const worked = await world.run(failing());
  expect(worked).toHaveLength(1_002);
  expect(nameOf(worked.at(-1) as never)).toBe('last');
  expect(await world.workflow(id)).toMatchObject({ state: 'succeeded', tasks: 1_002, open: 0 });
});
