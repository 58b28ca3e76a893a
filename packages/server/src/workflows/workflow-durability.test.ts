import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { joinNeed, joinVerdict } from '@sluice/core/tasks/workflow-join.ts';
import type { Join, WorkflowNode } from '@sluice/core/tasks/workflow-spec.ts';
import type { LeasedTask } from '../store/tasks/claim-tasks.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { advanceWorkflow } from './advance-workflow.ts';
import {
  nameOf,
  node,
  serveAgents,
  specOf,
  TENANT,
  type WorkflowWorld,
  workflowWorld,
} from './testing/workflow-world.ts';

const database = withDatabase();
const worlds: WorkflowWorld[] = [];
const start = (worker?: string): WorkflowWorld => {
  const world = workflowWorld(database.db, worker);
  worlds.push(world);
  return world;
};
beforeEach(() => serveAgents(database.db));
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.stop()));
});

it('a server that dies between an end and what follows from it loses nothing', async () => {
  const dying = start('dying');
  const id = await dying.submit(specOf([node('a'), node('b', ['a']), node('c', ['b'])]));
  // Its clock never runs again: what was written when the worker ended is all that is left of it.
  await dying.stop();
  for (const name of ['a', 'b', 'c']) {
    const next = start(name);
    await next.clock.turn();
    const [task] = await next.claim();
    expect(task && nameOf(task)).toBe(name);
    await next.end(task as LeasedTask, { result: name });
    await next.stop();
  }
  const last = start();
  await last.clock.turn();
  expect((await last.workflow(id)).state).toBe('succeeded');
});

it('a turn that is broken off has done nothing, and is done by the next one', async () => {
  const world = start();
  const id = await world.submit(specOf([node('a'), node('b', ['a'])]));
  const [a] = await world.claim();
  await world.end(a as LeasedTask, { result: 1 });
  const breaking = {
    ...world.ports,
    make: () => {
      throw new TypeError('the server dies here');
    },
  };
  await expect(advanceWorkflow(breaking, TENANT, id)).rejects.toThrow('dies here');
  expect(await world.states(id)).toEqual({ a: 'released', b: 'blocked' });
  expect((await world.run(() => ({ result: 2 }))).map(nameOf)).toEqual(['b']);
});

it('two servers that follow the same workflows do everything once', { timeout: 30_000 }, async () => {
  const [one, two] = [start('one'), start('two')];
  const layers = 5;
  const width = 20;
  const nodes = Array.from({ length: layers * width }, (_, n) =>
    node(
      `n${n}`,
      n < width
        ? []
        : Array.from({ length: 3 }, (_one, k) => `n${n - width - (n % width) + ((n + k) % width)}`),
    ),
  );
  const ids = await Promise.all([one, two, one, two].map((world) => world.submit(specOf(nodes))));
  const worked = (await Promise.all([one, two].map((world) => untilEnded(world, ids)))).flat();
  expect(worked).toHaveLength(4 * layers * width);
  expect(new Set(worked).size).toBe(worked.length);
  for (const id of ids) expect(await one.workflow(id)).toMatchObject({ state: 'succeeded', open: 0 });
});

async function untilEnded(world: WorkflowWorld, ids: readonly string[]): Promise<readonly string[]> {
  const worked: string[] = [];
  for (;;) {
    const rows = await Promise.all(ids.map((id) => world.workflow(id)));
    if (rows.every(({ endedAt }) => endedAt !== null)) return worked;
    worked.push(...(await world.run(() => ({ result: null }))).map(({ id }) => id));
  }
}

interface Case {
  readonly nodes: readonly WorkflowNode[];
  readonly failing: ReadonlySet<string>;
}

const cases = fc
  .array(
    fc.record({
      lines: fc.array(fc.nat(), { maxLength: 4 }),
      join: fc.nat(),
      fails: fc.boolean(),
      undoes: fc.boolean(),
    }),
    { minLength: 1, maxLength: 10 },
  )
  .map((drawn): Case => {
    const nodes = drawn.map(({ lines, join, undoes }, n) => {
      const after = n === 0 ? [] : [...new Set(lines.map((line) => `n${line % n}`))];
      const joins: readonly Join[] = [
        'all',
        'any',
        'settled',
        { quorum: 1 + (join % Math.max(1, after.length)) },
      ];
      const compensation = { compensation: { track: node('').track, input: { name: `undo n${n}` } } };
      return node(`n${n}`, after, { join: joins[join % 4] ?? 'all', ...(undoes && compensation) });
    });
    return { nodes, failing: new Set(drawn.flatMap(({ fails }, n) => (fails ? [`n${n}`] : []))) };
  });

/** How each task ends when everything that may go on does; written apart from what it judges. */
function model({ nodes, failing }: Case): ReadonlyMap<string, string> {
  const ends = new Map<string, string>();
  for (const { name, after, join } of nodes) {
    const succeeded = after.filter((earlier) => ends.get(earlier) === 'succeeded').length;
    const count = { total: after.length, ended: after.length, succeeded };
    const verdict = joinVerdict(joinNeed(join, after.length), count);
    ends.set(name, verdict !== 'ready' ? 'skipped' : failing.has(name) ? 'dead' : 'succeeded');
  }
  return ends;
}

const hasFailed = ({ nodes }: Case, ends: ReadonlyMap<string, string>): boolean =>
  nodes.some(
    ({ name }) => ends.get(name) !== 'succeeded' && !nodes.some(({ after }) => after.includes(name)),
  );

it('any graph of tasks ends as a model says, whatever the policy', { timeout: 120_000 }, async () => {
  const world = start();
  await fc.assert(
    fc.asyncProperty(cases, fc.constantFrom('fail', 'continue', 'compensate'), async (drawn, onFailure) => {
      const expected = model(drawn);
      const id = await world.submit(specOf(drawn.nodes, { onFailure: onFailure as 'fail' }));
      const worked = await world.run((task) =>
        drawn.failing.has(nameOf(task)) ? { fails: 'no' } : { result: nameOf(task) },
      );
      const states = await world.states(id);
      const isFailed = hasFailed(drawn, expected);
      expect(await world.workflow(id)).toMatchObject({ open: 0, state: isFailed ? 'failed' : 'succeeded' });
      for (const [name, state] of expected)
        if (onFailure === 'continue' || !isFailed) expect(states[name]).toBe(state);
        else if (states[name] !== 'cancelled') expect(states[name]).toBe(state);
      // What was done and can be undone is undone, once, the other way round.
      const done = worked.map(nameOf);
      const undone = done.filter((name) => name.startsWith('undo '));
      const doers = drawn.nodes.filter(
        ({ name, compensation }) => compensation && states[name] === 'succeeded',
      );
      if (onFailure !== 'compensate' || !isFailed) expect(undone).toEqual([]);
      else
        expect(undone).toEqual(
          doers
            .map(({ name }) => name)
            .toSorted((a, b) => done.indexOf(b) - done.indexOf(a))
            .map((name) => `undo ${name}`),
        );
    }),
    { numRuns: 60 },
  );
});
