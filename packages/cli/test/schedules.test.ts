import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestCli, testCli } from './cli-harness.ts';

let cli: TestCli;
beforeEach(async () => {
  cli = await testCli();
});
afterEach(() => cli.close());

const AGENT = 'storefront/production/web';
const add = (name: string, more = '') =>
  cli.run(`schedules add ${name} ${AGENT} --cron "0 9 * * 1-5" ${more}`);

test('sluice schedules add makes a schedule with everything that can be said, and shows it', async () => {
  await cli.write('input.json', '{"report":"daily"}');
  const { code, stdout } = await add(
    'daily',
    '--zone Europe/Berlin --input @input.json --missed all --overlap queue --within 1h -p 8 --fairness acme -s talk --needs a,b',
  );
  expect(code).toBe(0);
  expect(stdout).toContain('0 9 * * 1-5 by the clock of Europe/Berlin');
  expect((await cli.json(`schedules show daily ${AGENT}`)).document).toMatchObject({
    ...{ name: 'daily', cron: '0 9 * * 1-5', timeZone: 'Europe/Berlin', input: { report: 'daily' } },
    ...{ missed: 'all', overlap: 'queue', withinMs: 3_600_000, priority: 8, fairnessKey: 'acme' },
    ...{ session: 'talk', capabilities: ['a', 'b'] },
  });
});

test('sluice schedules list shows a line for each, and one document with --json', async () => {
  expect((await cli.run('schedules list')).stdout).toContain(
    'There are no schedules; `sluice schedules add`',
  );
  await add('daily');
  await cli.run(`schedules pause daily ${AGENT}`);
  expect((await cli.run('schedules list')).stdout).toBe(
    [
      'TRACK                      SCHEDULE  CRON         ZONE  NEXT  LAST  STATE',
      'storefront/production/web  daily     0 9 * * 1-5  UTC   -     -     paused\n',
    ].join('\n'),
  );
  expect((await cli.json('schedules list')).document).toMatchObject({
    items: [{ track: AGENT, isPaused: true }],
  });
});

test('sluice schedules pause, resume and remove change one', async () => {
  await add('daily');
  expect((await cli.run(`schedules pause daily ${AGENT}`)).stdout).toMatch(/next +paused/);
  expect((await cli.run(`schedules resume daily ${AGENT}`)).stdout).not.toMatch(/next +paused/);
  expect((await cli.run(`schedules remove daily ${AGENT}`)).stdout).toBe(
    `✔ The schedule daily of ${AGENT} is removed.\n`,
  );
  const gone = await cli.run(`schedules show daily ${AGENT}`);
  expect([gone.code, gone.stderr]).toEqual([6, expect.stringContaining('has no schedule daily')]);
});

test('nothing is changed while DRY_RUN is set', async () => {
  const dry = { environment: { DRY_RUN: 'true' } };
  const { stdout } = await cli.run(`schedules add daily ${AGENT} --cron "* * * * *"`, dry);
  expect(stdout).toContain(`make the schedule daily of ${AGENT}`);
  expect(cli.schedules.known.size).toBe(0);
});

test.each([
  'schedules add daily',
  `schedules add daily ${AGENT} --cron now`,
  `schedules add daily ${AGENT} --cron "* * * * *" --missed never`,
  `schedules add daily ${AGENT} --cron "* * * * *" --within soon`,
  'schedules burn',
  'schedules show',
])('%s is refused', async (args) => {
  const { code, stderr } = await cli.run(args);
  expect(code).not.toBe(0);
  expect(stderr.length).toBeGreaterThan(20);
});
