import { assert } from '@sluice/core/kernel/assert.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestCli, testCli } from './cli-harness.ts';

let cli: TestCli;
beforeEach(async () => {
  cli = await testCli();
});
afterEach(() => cli.close());

const TRACK = 'shop/production/agent';
const DIGEST = {
  name: 'digest',
  tasks: [
    { name: 'fetch', track: TRACK },
    { name: 'rate', track: TRACK, after: ['fetch'], input: { $result: 'fetch' } },
  ],
};
const submit = async (): Promise<string> => {
  await cli.write('digest.json', JSON.stringify(DIGEST));
  return (await cli.run('workflows submit digest.json')).stdout.trim();
};

test('sluice workflows submit takes a file, or standard input, and prints the id', async () => {
  const id = await submit();
  expect(cli.workflows.known.get(id)).toMatchObject({ name: 'digest', tasks: 2 });
  const { document } = await cli.json('workflows submit - --key k', { input: JSON.stringify(DIGEST) });
  expect(document).toMatchObject({ isNew: true, tasks: [{ name: 'fetch' }, { name: 'rate' }] });
});

test('sluice workflows submit --wait ends as the workflow does', async () => {
  await cli.write('digest.json', JSON.stringify(DIGEST));
  const end = (state: 'succeeded' | 'failed') => ({
    onWait: () => {
      for (const id of cli.workflows.known.keys())
        cli.workflows.put({ id, state, endedAt: 1, reason: 'the end' });
    },
  });
  expect((await cli.run('workflows submit digest.json --wait', end('succeeded'))).code).toBe(0);
  const failed = await cli.run('workflows submit digest.json --wait', end('failed'));
  expect([failed.code, failed.stdout]).toEqual([1, expect.stringMatching(/reason +the end/)]);
});

test('sluice workflows show names each task with what it waits for, and list shows a line for each', async () => {
  const id = await submit();
  const view = cli.workflows.known.get(id);
  const [fetch] = view?.nodes ?? [];
  assert(fetch !== undefined, 'it was submitted');
  cli.workflows.put({
    ...{ id, state: 'compensating', reason: 'the task rate failed: no', costMicros: 1_250_000 },
    nodes: [
      ...(view?.nodes ?? []),
      { ...fetch, name: 'part', kind: 'spawned', parent: fetch.task },
      { ...fetch, name: 'continuation', kind: 'continuation', parent: fetch.task },
      { ...fetch, name: 'fetch', kind: 'compensation', parent: fetch.task },
    ],
  });
  const { stdout } = await cli.run(`workflows show ${id}`);
  expect(stdout).toMatch(/state +compensating/);
  expect(stdout).toMatch(/cost +1\.25/);
  expect(stdout).toMatch(/\nrate +blocked +shop\/production\/agent +\S+ +fetch\n/);
  for (const name of ['fetch / part', 'fetch, continued', 'undo fetch'])
    expect(stdout).toContain(`\n${name} `);
  expect((await cli.run('workflows list')).stdout).toMatch(
    /digest +compensating +0\/2 .*the task rate failed: no/,
  );
  expect((await cli.run('workflows list --state failed')).stdout).toContain('There is no such workflow');
  expect((await cli.json('workflows list')).document).toMatchObject({ items: [{ id }] });
});

test('sluice workflows cancel stops one, and says when it cannot', async () => {
  const id = await submit();
  expect((await cli.run(`workflows cancel ${id} --reason enough`)).stdout).toBe(
    `✔ The workflow ${id} is being stopped.\n`,
  );
  expect(cli.workflows.known.get(id)).toMatchObject({ state: 'stopping', reason: 'enough' });
  const again = await cli.run(`workflows cancel ${id}`);
  expect([again.code, again.stderr]).toEqual([6, expect.stringContaining('cannot be cancelled')]);
});

test('nothing is changed while DRY_RUN is set', async () => {
  await cli.write('digest.json', JSON.stringify(DIGEST));
  const dry = { environment: { DRY_RUN: 'true' } };
  expect((await cli.run('workflows submit digest.json', dry)).stdout).toContain(
    'submit the workflow of digest.json',
  );
  expect(cli.workflows.known.size).toBe(0);
});

test.each([
  ['workflows submit nothing.json', 'cannot be read'],
  ['workflows submit text.json', 'is no workflow'],
  ['workflows submit list.json', 'it is no object'],
  ['workflows submit circle.json', 'a waits for a'],
  ['workflows show 01936b2e-4c00-7000-8000-00000000dead', 'is not known'],
  ['workflows list --state odd', 'state'],
])('%s is refused', async (args, words) => {
  await cli.write('text.json', 'tasks:');
  await cli.write('list.json', '[]');
  await cli.write('circle.json', JSON.stringify({ tasks: [{ name: 'a', track: TRACK, after: ['a'] }] }));
  const { code, stderr } = await cli.run(args);
  expect(code).not.toBe(0);
  expect(stderr).toContain(words);
});
