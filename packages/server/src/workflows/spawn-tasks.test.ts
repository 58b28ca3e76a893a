import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import { USUAL_LIMITS } from '@sluice/core/tasks/workflow-spec.ts';
import { cancelTask, readTask } from '../store/tasks/change-tasks.ts';
import type { LeasedTask } from '../store/tasks/claim-tasks.ts';
import { settleTasks } from '../store/tasks/settle-tasks.ts';
import { submitTasks } from '../store/tasks/submit-tasks.ts';
import { type ChildEnd, listWorkflows } from '../store/workflows/read-workflows.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { awaitChildren } from './await-children.ts';
import { cancelWorkflow } from './cancel-workflow.ts';
import { type SpawnRequest, type SpawnedNode, type SpawnedTasks, spawnTasks } from './spawn-tasks.ts';
import {
  AGENT,
  nameOf,
  node,
  OTHER,
  serveAgents,
  specOf,
  TENANT,
  V1,
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

/** The workflow that began with a task. */
const workflowOf = async (root: string): Promise<string> => {
  const [row] = await listWorkflows(database.db, TENANT, { limit: 1 });
  assert(row?.root === root, 'it began with the task');
  return row.id;
};

/** A task that belongs to no workflow, in the hands of the worker. */
const begin = async (): Promise<LeasedTask> => {
  const task = {
    ...{ id: world.ports.newId(), revision: V1, lane: 'write', priority: 7, fairnessKey: 'acme', weight: 1 },
    ...{ session: 'talk', dueAt: null, deadlineAt: null, idempotencyKey: null, input: { name: 'root' } },
  };
  await submitTasks(database.db, TENANT, { queue: AGENT, generation: 1, tasks: [task] });
  const [leased] = await world.claim();
  assert(leased !== undefined, 'it waits');
  return leased;
};
const fenceOf = ({ id, attempt, worker }: LeasedTask) => ({ id, attempt, worker });
const child = (name: string, more: Partial<SpawnedNode> = {}): SpawnedNode => ({
  ...{ name, after: [], join: 'all', track: null, input: { name }, ...more },
});
const ask = (task: LeasedTask, request: Partial<SpawnRequest>) =>
  spawnTasks(world.ports, TENANT, fenceOf(task), {
    children: [],
    continuation: null,
    limits: USUAL_LIMITS,
    ...request,
  });
const spawn = async (task: LeasedTask, request: Partial<SpawnRequest>): Promise<SpawnedTasks> => {
  const spawned = await ask(task, request);
  assert(spawned.ok, `it was refused: ${JSON.stringify(spawned)}`);
  return spawned.value;
};
const endsOf = async (task: LeasedTask, tasks: readonly string[]) => {
  const ends = await awaitChildren(
    world.ports,
    TENANT,
    { fence: fenceOf(task), tasks },
    AbortSignal.timeout(10_000),
  );
  assert(ends.ok, `it was refused: ${JSON.stringify(ends)}`);
  const all: ChildEnd[] = [];
  for await (const end of ends.value) all.push(end);
  return all;
};

describe('a task that spawns others', () => {
  it('has them done, and hears of their ends while it runs', async () => {
    const root = await begin();
    const { tasks, workflow } = await spawn(root, { children: [child('a'), child('b', { track: OTHER })] });
    const waiting = endsOf(
      root,
      tasks.map(({ id }) => id),
    );
    const worked = await world.run((task) =>
      nameOf(task) === 'b' ? { fails: 'no' } : { result: `${nameOf(task)} done` },
    );
    expect(worked.map(({ queue, priority, fairnessKey }) => [queue, priority, fairnessKey])).toEqual([
      [AGENT, 7, 'acme'],
      [OTHER, 7, 'acme'],
    ]);
    expect((await waiting).toSorted((x, y) => (x.name < y.name ? -1 : 1))).toMatchObject([
      { name: 'a', state: 'succeeded', result: 'a done' },
      { name: 'b', state: 'dead', failure: { message: 'no' } },
    ]);
    expect(await world.workflow(workflow)).toMatchObject({ state: 'running', open: 1, root: root.id });
    await world.end(root, { result: 'merged' });
    await world.clock.turn();
    expect(await world.workflow(workflow)).toMatchObject({ state: 'succeeded', tasks: 3 });
  });

  it('finds them again in a later attempt', async () => {
    const root = await begin();
    const first = await spawn(root, { children: [child('a')] });
    await settleTasks(database.db, TENANT, [{ ...fenceOf(root), state: 'waiting' }]);
    const [, again] = (await world.claim()).toSorted((x, y) => x.attempt - y.attempt);
    assert(again !== undefined, 'it waits again');
    const second = await spawn(again, { children: [child('a'), child('b')] });
    expect(second.tasks.map(({ isNew }) => isNew)).toEqual([false, true]);
    expect(second.tasks[0]?.id).toBe(first.tasks[0]?.id);
    expect(second.workflow).toBe(first.workflow);
    expect(await ask(root, { children: [child('c')] })).toMatchObject({ refusal: { code: 'lease-lost' } });
  });

  it('may let them wait for each other, and gives data that looks like a reference as it is', async () => {
    const root = await begin();
    const odd = { name: 'a', $result: 'b' };
    await spawn(root, {
      children: [
        child('a', { input: { $result: 'odd' } }),
        child('b', { after: ['a'], input: { got: { $result: 'a' } } }),
      ],
    });
    const worked = await world.run(() => ({ result: odd }));
    expect(worked.map(({ input }) => input)).toEqual([{ $result: 'odd' }, { got: odd }]);
  });

  it('takes them with it when it fails or is cancelled, with all that they have spawned', async () => {
    const root = await begin();
    const { workflow } = await spawn(root, { children: [child('a')] });
    const [a] = await world.claim();
    assert(a !== undefined, 'it waits');
    await spawn(a, { children: [child('deep')] });
    await cancelTask(database.db, TENANT, root.id);
    await world.clock.turn();
    expect(await world.states(workflow)).toEqual({ root: 'cancelled', a: 'cancelled', deep: 'cancelled' });
    expect(world.revoked).toEqual([a.id]);
    expect((await world.workflow(workflow)).state).toBe('failed');
  });

  it('leaves them when it has succeeded', async () => {
    const root = await begin();
    const { workflow } = await spawn(root, { children: [child('a')] });
    await world.end(root, { result: 1 });
    expect(await world.run(() => ({ result: 2 }))).toHaveLength(1);
    expect(await world.workflow(workflow)).toMatchObject({ state: 'succeeded', open: 0 });
  });

  it('is one of a workflow itself, which waits for what it has spawned', async () => {
    const id = await world.submit(specOf([node('plan'), node('after', ['plan'])]));
    const worked = await world.run(async (task) => {
      if (nameOf(task) === 'plan') await spawn(task, { children: [child('part')] });
      return { result: nameOf(task) };
    });
    expect(worked.map(nameOf).toSorted()).toEqual(['after', 'part', 'plan']);
    expect(await world.workflow(id)).toMatchObject({ state: 'succeeded', tasks: 3 });
  });
});

describe('a task that goes on with what others have done', () => {
  it('holds no worker meanwhile, and has the result of the one that finishes its work', async () => {
    const id = await world.submit(
      specOf([node('plan'), node('after', ['plan'], { input: { name: 'after', of: { $result: 'plan' } } })]),
    );
    const worked = await world.run(async (task) => {
      if (nameOf(task) !== 'plan') return { result: nameOf(task) || 'merged' };
      await spawn(task, {
        children: [child('a'), child('b')],
        continuation: { input: undefined, after: [], join: 'all' },
      });
      return { result: 'goes on' };
    });
    expect(worked.map(({ input }) => input)).toEqual([
      { name: 'plan' },
      { name: 'a' },
      { name: 'b' },
      {
        a: { state: 'succeeded', result: 'a', failure: null },
        b: { state: 'succeeded', result: 'b', failure: null },
      },
      { name: 'after', of: 'merged' },
    ]);
    expect(await world.states(id)).toMatchObject({ plan: 'succeeded', continuation: 'succeeded' });
    expect(await world.workflow(id)).toMatchObject({ state: 'succeeded', open: 0 });
  });

  it('may go on several times, and fails with the last of them', async () => {
    const root = await begin();
    let rounds = 0;
    const goOn = async (task: LeasedTask): Promise<{ result: string } | { fails: string }> => {
      if (rounds === 3) return { fails: 'no more' };
      rounds += 1;
      await spawn(task, {
        children: [child('step')],
        continuation: {
          input: { name: `round ${rounds}`, step: { $result: 'step' } },
          after: [],
          join: 'settled',
        },
      });
      return { result: 'goes on' };
    };
    await world.end(root, await goOn(root));
    const worked = await world.run((task) => (nameOf(task) === 'step' ? { result: rounds } : goOn(task)));
    expect(worked).toHaveLength(6);
    const row = await world.workflow(await workflowOf(root.id));
    expect(row).toMatchObject({ state: 'failed', open: 0, reason: 'the task root failed: no more' });
  });

  it('does not begin before the task itself has ended, and not at all when that fails', async () => {
    const root = await begin();
    const { workflow } = await spawn(root, {
      children: [child('a')],
      continuation: { input: { name: 'on' }, after: [], join: 'all' },
    });
    expect((await world.run(() => ({ result: 1 }))).map(nameOf)).toEqual(['a']);
    expect((await world.states(workflow))['continuation']).toBe('blocked');
    await world.end(root, { fails: 'no' });
    expect(await world.run(() => ({ result: 1 }))).toEqual([]);
    expect(await world.states(workflow)).toEqual({ root: 'dead', a: 'succeeded', continuation: 'cancelled' });
  });

  it('is cancelled with its workflow', async () => {
    const root = await begin();
    const { workflow } = await spawn(root, {
      children: [child('a')],
      continuation: { input: undefined, after: [], join: 'all' },
    });
    await world.end(root, { result: 'goes on' });
    await world.clock.turn();
    await cancelWorkflow(world.ports, TENANT, workflow, 'enough');
    await world.clock.turn();
    expect(await world.workflow(workflow)).toMatchObject({ state: 'cancelled', open: 0 });
    expect(await world.states(workflow)).toEqual({
      root: 'cancelled',
      a: 'cancelled',
      continuation: 'cancelled',
    });
  });
});

describe('what goes beyond a limit is refused as a whole:', () => {
  const limits = { depth: 1, fanOut: 2, tasks: 3, costMicros: null };
  const refusal = async (task: LeasedTask, request: Partial<SpawnRequest>): Promise<string> => {
    const spawned = await ask(task, request);
    return spawned.ok
      ? 'spawned'
      : `${spawned.refusal.code}: ${spawned.refusal.message} ${spawned.refusal.remedy}`;
  };

  it('depth, fan-out, and the number of tasks', async () => {
    const root = await begin();
    expect(await refusal(root, { limits, children: ['a', 'b', 'c'].map((name) => child(name)) })).toMatch(
      /limit-reached: .*would have spawned 3, and 2 are the most.*limits: { fanOut/,
    );
    await spawn(root, { limits, children: [child('a'), child('b')] });
    const [a] = await world.claim();
    assert(a !== undefined, 'it waits');
    expect(await refusal(a, { children: [child('x')] })).toContain(
      'would stand at depth 2, and 1 is the deepest',
    );
    expect(await refusal(a, { continuation: { input: 1, after: [], join: 'all' } })).toContain(
      'would have 4 tasks, and 3 are the most',
    );
  });

  it.each([
    ['depth', { depth: 33 }],
    ['fanOut', { fanOut: 2 ** 32 - 1 }],
    ['tasks', { tasks: 10_001 }],
    ['costMicros', { costMicros: 2 ** 64 }],
  ])('what it asks for itself, beyond what any workflow may: %s', async (key, more) => {
    const root = await begin();
    const asked = { limits: { ...USUAL_LIMITS, ...more }, children: [child('a')] };
    expect(await refusal(root, asked)).toContain(`its limit ${key} is`);
    expect(await listWorkflows(database.db, TENANT, { limit: 1 })).toEqual([]);
  });

  it('the cost, once it is reached', async () => {
    const root = await begin();
    const { workflow } = await spawn(root, { limits: { ...USUAL_LIMITS, costMicros: 0 }, children: [] });
    expect(await refusal(root, { children: [child('a')] })).toContain(`has cost 0 millionths already`);
    expect((await world.workflow(workflow)).tasks).toBe(1);
  });

  it('times beyond every calendar: what begins never is refused, and what would end never fails alone', async () => {
    const root = await begin();
    const pause = { delayMs: 1e20, after: ['a'] };
    expect(await refusal(root, { children: [child('a'), child('b', pause)] })).toContain(
      'because of the task b. The task was not taken: it is due at no moment that there is',
    );
    const never = child('never', { withinMs: 1e20, after: ['a'] });
    const { workflow } = await spawn(root, { children: [child('a'), child('b', { after: ['a'] }), never] });
    await world.run((task) => ({ result: `${nameOf(task)} done` }));
    expect(await world.states(workflow)).toMatchObject({ a: 'succeeded', b: 'succeeded', never: 'dead' });
  });

  it('what is no task, waits in a circle, or is served by nothing', async () => {
    const root = await begin();
    expect(await refusal(root, { children: [child('a', { priority: 70 })] })).toContain(
      'because of the task a',
    );
    expect(await refusal(root, { children: [child('a', { after: ['a'] })] })).toContain('a waits for a');
    expect(await refusal(root, { children: [child('a', { track: 'x/y/z' as never })] })).toContain(
      'for x/y/z',
    );
    const on = { input: 1, after: ['nobody'], join: 'all' } as const;
    expect(await refusal(root, { continuation: on })).toContain("'nobody', which this task has not spawned");
    expect(await readTask(database.db, TENANT, root.id)).toMatchObject({ state: 'running' });
  });

  it('a task of another tenant or worker, or what somebody else has spawned', async () => {
    const root = await begin();
    const fence = fenceOf(root);
    const request = { children: [child('a')], continuation: null, limits: USUAL_LIMITS };
    for (const [tenant, speaker] of [
      ['stranger', fence],
      [TENANT, { ...fence, worker: 'two' }],
      [TENANT, { ...fence, attempt: 2 }],
    ] as const)
      expect(await spawnTasks(world.ports, tenant, speaker, request)).toMatchObject({
        refusal: { code: 'lease-lost' },
      });
    expect(
      await awaitChildren(world.ports, TENANT, { fence, tasks: [root.id] }, AbortSignal.timeout(1)),
    ).toMatchObject({ refusal: { code: 'unknown-task' } });
  });
});
