import { SAMPLE_TIME } from '@sluice/protocol/http/testing/sample-views.ts';
import { assert } from '@sluice/core/kernel/assert.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunOptions, type TestCli, testCli } from './cli-harness.ts';

let cli: TestCli;
beforeEach(async () => {
  cli = await testCli();
});
afterEach(() => cli.close());

const AGENT = 'storefront/production/web';
const NOW = SAMPLE_TIME + 85_000;
const ONE = '01936b2e-4c00-7000-8000-000000000001';
const TWO = '01936b2e-4c00-7000-8000-000000000002';
const FAILURE = { failureClass: 'tool', message: 'the search was\u001b[2J away' } as const;
const DEAD = { state: 'dead', failure: FAILURE, failures: 4, attempt: 4, endedAt: NOW } as const;
const only = () => {
  const [task] = cli.tasks.rows.values();
  assert(task !== undefined, 'a task was submitted');
  return task;
};
/** What workers do to the only task, look by look. */
const onWait =
  (...changes: readonly object[]): NonNullable<RunOptions['onWait']> =>
  (times) => {
    const { id } = only();
    const change = changes[times - 1];
    if (change) cli.tasks.put({ ...only(), ...change, id });
  };

describe('sluice tasks submit', () => {
  test('hands in what was said, and prints the id', async () => {
    await cli.write('mail.json', '{"text":"hello"}');
    const { code, stdout } = await cli.run(
      `tasks submit ${AGENT} --input @mail.json --session talk --priority 9 --fairness acme --delay 5m --deadline 1h --needs web,search`,
    );
    const { id, ...task } = only();
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${id}\n` });
    expect(task).toMatchObject({
      ...{ input: { text: 'hello' }, session: 'talk', priority: 9, fairnessKey: 'acme', lane: 'search,web' },
      ...{ dueAt: NOW + 300_000, deadlineAt: NOW + 3_600_000, state: 'scheduled' },
    });
  });

  test('needs no input and no name where there is one component, and answers a key with its first task', async () => {
    const first = await cli.run('tasks submit --key mail-17');
    const second = await cli.run('tasks submit --key mail-17 --input -', { input: '[1]' });
    expect(second.stdout).toBe(first.stdout);
    expect(second.stderr).toBe('A task with the key mail-17 was there already.\n');
    expect(only().input).toBeNull();
    const { document } = await cli.json('tasks submit --input -', { input: '[1]' });
    expect(document).toEqual({ tasks: [{ id: expect.any(String), isNew: true }] });
  });

  test.each([
    ['--input nonsense', 2, '--input is not JSON'],
    ['--input @nowhere.json', 2, 'The file nowhere.json of --input cannot be read (ENOENT)'],
    ['--delay soon', 2, '--delay is "soon"'],
    ['--delay 2h --deadline 1h', 2, 'its deadline is over before it can begin'],
    ['--priority 10', 2, 'whole number from 0 to 9'],
    ['--needs a,,b', 2, '/body/tasks/0/capabilities/1'],
    ['shop', 6, 'Nothing is known of shop'],
  ])('%s is refused, and nothing is submitted', async (args, code, words) => {
    const run = await cli.run(`tasks submit ${args}`);
    expect(run).toMatchObject({ code, stderr: expect.stringContaining(words) });
    expect(cli.tasks.rows.size).toBe(0);
  });

  test('with DRY_RUN nothing is submitted', async () => {
    const { stdout } = await cli.run('tasks submit', { environment: { DRY_RUN: 'true' } });
    expect(stdout).toContain(`this would submit a task to ${AGENT}`);
    expect(cli.tasks.rows.size).toBe(0);
  });

  test('with --wait each change is told, and the result at the end', async () => {
    const { code, stdout } = await cli.run('tasks submit --wait --input 7', {
      environment: { TZ: 'UTC' },
      onWait: onWait(
        { state: 'running', worker: 'w-1', attempt: 1, startedAt: NOW, revision: 'web-1' },
        { state: 'scheduled', failures: 1, failure: FAILURE },
        { state: 'running', worker: 'w-2', attempt: 2 },
        { state: 'succeeded', result: { answer: 42 }, endedAt: NOW + 2_000 },
      ),
    });
    expect(code).toBe(0);
    const changes = stdout.split('\n').filter((line) => /^\d{4}-/.test(line));
    expect(changes.slice(1).map((line) => line.slice(21))).toEqual([
      'running on w-1, web-1',
      'scheduled, web-1: tool: the search was away',
      'running on w-2, web-1, attempt 2: tool: the search was away',
      'succeeded, web-1, attempt 2',
    ]);
    expect(stdout).toMatch(/input:\n {2}7\nresult:\n {2}\{\n {4}"answer": 42\n {2}\}\n$/);
  });

  test('with --wait and --json the task as it ended is the only document, and what is dead ends with 1', async () => {
    const { code, document } = await cli.json('tasks submit --wait', { onWait: onWait(DEAD) });
    expect({ code, document }).toMatchObject({ code: 1, document: { state: 'dead', failures: 4 } });
  });

  test('waits no longer than --timeout', async () => {
    const { code, stderr } = await cli.run('tasks submit --wait --timeout 50ms');
    expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringContaining('it is waiting') });
    expect(stderr).toContain(`sluice tasks watch ${only().id}`);
  });
});

describe('sluice tasks list and show', () => {
  test('list shows the newest first, or those in one state', async () => {
    cli.tasks.put({ id: ONE, revision: 'web-1' as never, ...DEAD, startedAt: NOW - 4_000, session: 'talk' });
    cli.tasks.put({ id: TWO, revision: 'web-2' as never, state: 'running', startedAt: NOW - 90_000 });
    const { stdout } = await cli.run(`tasks list ${AGENT}`);
    const [title, ...lines] = stdout.trimEnd().split('\n');
    expect(title).toMatch(/^TASK +STATE +REVISION +PRIORITY +ATTEMPT +CAME IN +TOOK +SESSION +FAILURE$/);
    expect(lines[0]).toMatch(new RegExp(`^${TWO}  running  web-2 .* 1 min 30 s so far$`));
    expect(lines[1]).toMatch(
      new RegExp(`^${ONE}  dead     web-1 .* 4.0 s +talk +tool: the search was away$`),
    );
    expect((await cli.run(`tasks list ${AGENT} --state succeeded`)).stdout).toBe('There is no such task.\n');
    const { document } = await cli.json('tasks list --state dead --session talk');
    expect(document).toMatchObject({ items: [{ id: ONE }], next: null });
  });

  test('show tells all of one, and nothing in it acts on the terminal', async () => {
    cli.tasks.put({
      id: ONE,
      ...DEAD,
      input: { text: 'a\u001b[2Jb' },
      worker: 'w\u001b[1m-1',
      session: '\u001b[2J',
      lane: 'search',
    });
    const { stdout } = await cli.run(`tasks show ${ONE}`);
    expect(stdout).toContain(`task      ${ONE}\nstate     dead\ntrack     ${AGENT}\n`);
    expect(stdout).toContain('needs     search\n');
    expect(stdout).toContain('failure   tool: the search was away\n');
    expect(stdout).not.toContain('\u001b');
    expect((await cli.json(`tasks show ${ONE}`)).document).toMatchObject({ id: ONE, failures: 4 });
    expect((await cli.run(`tasks show ${TWO}`)).code).toBe(6);
    expect((await cli.run('tasks show 17')).code).toBe(2);
  });
});

describe('sluice tasks watch', () => {
  test('prints each change as a document with --json, and ends with 1 when it was cancelled', async () => {
    cli.tasks.put({ id: ONE });
    const { code, stdout } = await cli.run(`tasks watch ${ONE} --json`, {
      onWait: onWait({ state: 'running' }, {}, { state: 'cancelled', endedAt: NOW }),
    });
    const states = stdout.trimEnd().split('\n');
    expect(states.map((line) => (JSON.parse(line) as { state: string }).state)).toEqual([
      'waiting',
      'running',
      'cancelled',
    ]);
    expect(code).toBe(1);
  });

  test('ends with 130 at Ctrl-C, and the task goes on', async () => {
    cli.tasks.put({ id: ONE });
    const controller = new AbortController();
    const { code } = await cli.run(`tasks watch ${ONE}`, {
      interrupted: controller.signal,
      onWait: (times) => {
        if (times === 2) controller.abort();
      },
    });
    expect({ code, state: only().state }).toEqual({ code: 130, state: 'waiting' });
  });

  test('is refused for what is not there, and waits while the control plane is away', async () => {
    expect((await cli.run(`tasks watch ${ONE}`)).code).toBe(6);
    cli.tasks.put({ id: ONE });
    let isAway: Promise<void> | undefined;
    const { code, stderr } = await cli.run(`tasks watch ${ONE} --timeout 400ms`, {
      onWait: () => {
        isAway ??= cli.closeApi();
      },
    });
    await isAway;
    expect({ code, stderr }).toMatchObject({ code: 5, stderr: expect.stringContaining('does not answer') });
  });
});

describe('sluice tasks cancel and retry', () => {
  test('cancel ends a task once', async () => {
    cli.tasks.put({ id: ONE });
    expect((await cli.run(`tasks cancel ${ONE}`)).stdout).toBe(`✔ The task ${ONE} is cancelled.\n`);
    const again = await cli.run(`tasks cancel ${ONE}`);
    expect(again).toMatchObject({ code: 6, stderr: expect.stringContaining('cannot become cancelled') });
    cli.tasks.put({ id: TWO });
    await cli.run(`tasks cancel ${TWO}`, { environment: { DRY_RUN: '1' } });
    expect(cli.tasks.rows.get(TWO)?.state).toBe('waiting');
  });

  test('retry brings one dead letter back, or all of a component', async () => {
    cli.tasks.put({ id: ONE, ...DEAD });
    expect((await cli.run(`tasks retry ${ONE}`)).stdout).toMatch(
      /^✔ The task .* waits again, for web-\d\.\n$/,
    );
    expect((await cli.run(`tasks retry ${ONE}`)).code).toBe(6);
    for (const id of [ONE, TWO]) cli.tasks.put({ id, ...DEAD });
    const first = await cli.run(`tasks retry --dead ${AGENT} --limit 1`);
    expect(first.stdout).toBe(
      `✔ 1 dead letter of ${AGENT} waits again.\nThere are more; do it again for the next ones.\n`,
    );
    expect((await cli.json(`tasks retry --dead ${AGENT}`)).document).toMatchObject({ hasMore: false });
    expect((await cli.run(`tasks retry --dead ${AGENT}`)).stdout).toBe(`${AGENT} has no dead letters.\n`);
  });

  test.each(['tasks retry', `tasks retry ${ONE} --dead ${AGENT}`, 'tasks', 'tasks burn', 'tasks show'])(
    '%s is refused',
    async (args) => {
      const { code, stderr } = await cli.run(args);
      expect(code).toBe(2);
      expect(stderr.length).toBeGreaterThan(20);
    },
  );
});

describe('sluice queues', () => {
  test('shows a line for each revision, and one document with --json', async () => {
    cli.tasks.put({ id: ONE, revision: 'web-2' as never });
    cli.tasks.put({ id: TWO, ...DEAD });
    expect((await cli.run('queues')).stdout).toBe(
      [
        'TRACK                      REVISION  SHARE  WAITING      OLDEST  SCHEDULED  RUNNING  DEAD  WORKERS',
        'storefront/production/web  web-1       95%        0           -          0        0     1        2',
        'storefront/production/web  web-2        5%        1  1 min 25 s          0        0     0        0\n',
      ].join('\n'),
    );
    expect((await cli.json('queues')).document).toMatchObject({ items: [{ track: AGENT }] });
  });
});

describe('sluice agents', () => {
  test('lists the workers, shows one with its tasks, and asks one to leave', async () => {
    expect((await cli.run('agents list')).stdout).toBe(
      [
        'WORKER  TRACK                      REVISION  RUNNING  WANTED  HEALTH  CAPABILITIES',
        'w-1     storefront/production/web  web-1           1       3  well    search',
        'w-2     storefront/production/web  web-1           1       3  well    search\n',
      ].join('\n'),
    );
    cli.tasks.put({ id: ONE, state: 'running', worker: 'w-2' });
    cli.tasks.put({ id: TWO, state: 'running', worker: 'w-1' });
    expect((await cli.run('agents show w-2')).stdout).toMatch(new RegExp(`worker +w-2\n.*\n${ONE}`, 's'));
    expect((await cli.json('agents show w-1')).document).toMatchObject({
      worker: 'w-1',
      tasks: [{ id: TWO }],
    });
    expect((await cli.run('agents drain w-2')).stdout).toBe(
      '✔ The worker w-2 was asked to leave; it finishes what it has, which is 1.\n',
    );
    expect(cli.tasks.drained).toEqual(['w-2']);
  });

  test('shows which worker is left out, and what each says of itself', async () => {
    const [first] = cli.tasks.connected.splice(0);
    assert(first !== undefined, 'two were connected');
    cli.tasks.connected.push({ ...first, health: 'ejected', abilities: ['search', 'zone=eu'] });
    expect((await cli.run('agents list')).stdout).toMatch(/ejected +search, zone=eu/);
    const { stdout } = await cli.run('agents show w-1');
    expect(stdout).toMatch(/labels +zone=eu/);
    expect(stdout).toContain('ejected: it failed where its peers did not');
  });

  test('says that nobody is connected, and knows nobody of another name', async () => {
    for (const verb of ['show', 'drain']) expect((await cli.run(`agents ${verb} w-9`)).code).toBe(6);
    cli.tasks.connected.length = 0;
    expect((await cli.run('agents list')).stdout).toBe('No worker is connected to this server.\n');
  });
});

test.each([
  ['tasks', ['submit', 'list', 'show', 'watch', 'cancel', 'retry']],
  ['agents', ['list', 'show', 'drain']],
])('every verb of %s explains itself, with an example', async (noun, verbs) => {
  for (const verb of verbs) {
    const { code, stdout } = await cli.run(`${noun} ${verb} --help`);
    expect(code).toBe(0);
    expect(stdout).toContain(`$ sluice ${noun} ${verb}`);
    expect(stdout).toContain('--json');
    expect((await cli.run(`help ${noun} ${verb}`)).stdout).toBe(stdout);
  }
});

describe('sluice tasks score', () => {
  test('sends scores by their names, and says which of them count', async () => {
    const { code, stdout } = await cli.run(`tasks score ${ONE} helpful=0.8 polite=1 --source ann`);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `✔ The scores of ${ONE} are kept; nothing of it counts anew.\n`,
    });
  });

  test.each(['helpful', 'helpful=2', 'helpful=-1', '=1'])('refuses %s', async (scores) => {
    const { code, stderr } = await cli.run(`tasks score ${ONE} ${scores}`);
    expect(code).toBe(2);
    expect(stderr).toContain(`"${scores}" is no score.`);
  });
});
