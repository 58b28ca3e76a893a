import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-bench-results-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Outcome {
  readonly code: number;
  /** What it printed, for a failure that has to be understood. */
  readonly printed: string;
  readonly result: string;
}

/** Runs one benchmark as `npm run bench` does, with its results in a folder of their own. */
async function bench(name: string, ...args: string[]): Promise<Outcome> {
  const main = fileURLToPath(new URL(`../src/${name}/main.ts`, import.meta.url));
  const node = ['--disable-warning=ExperimentalWarning', main, ...args, '--results', folder];
  const { code, printed } = await new Promise<Omit<Outcome, 'result'>>((resolve) => {
    execFile(process.execPath, node, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), printed: `${stdout}${stderr}` }),
    );
  });
  const result = await readFile(join(folder, `${name}.md`), 'utf8').catch(() => '');
  return { code, printed, result };
}

/** Every cell of a Markdown table below its heads, row by row. */
const rowsOf = (result: string): string[][] =>
  result
    .split('\n')
    .filter((line) => line.startsWith('|') && !line.includes('---'))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()))
    .slice(1);

/** What every result file has: a title, its machine, how to measure it again, and figures that are numbers. */
function expectComplete({ code, printed, result }: Outcome): void {
  expect(code, printed).toBe(0);
  expect(result, printed).toMatch(/^# .+\n/);
  expect(result).toMatch(/^Machine: \d+ cores .* Load average .* before .*, after .*$/m);
  expect(result).toMatch(/^Again: `node packages\/benchmarks\/src\/.+`$/m);
  expect(rowsOf(result).length).toBeGreaterThan(0);
  expect(result).not.toMatch(/NaN|undefined|Infinity/);
}

// At once, as they wait more than they work; no figure that they come to is looked at.
describe.concurrent('each benchmark, in small, comes to a whole result', () => {
  test('decide: each state has its rate', async () => {
    const outcome = await bench('decide', '--rounds', '1', '--milliseconds', '5');
    expectComplete(outcome);
    expect(rowsOf(outcome.result)).toHaveLength(6);
  });

  test('cluster mirror: both ways to copy the pods come to the same number of figures', async () => {
    const outcome = await bench('cluster-mirror', '--pods', '20', '--rounds', '1', '--changes', '5');
    expectComplete(outcome);
    expect(outcome.result).toMatch(/^- (met|MISSED): p99 from a change to the listener/m);
    expect(rowsOf(outcome.result)).toHaveLength(2);
  });

  test('api: each operation is answered, and none is refused', async () => {
    const few = [
      '--tracks',
      '16',
      '--connections',
      '2',
      '--rounds',
      '1',
      '--seconds',
      '0.3',
      '--warm-up',
      '0.1',
    ];
    const outcome = await bench('api', ...few);
    expectComplete(outcome);
    expect(outcome.result).toContain('- met: every request does what it asks for');
    expect(rowsOf(outcome.result).map((cells) => cells.at(-1))).toEqual(['0', '0', '0', '0', '0']);
  });

  // Nothing is due before the third second, so the first part must not begin before.
  test('live rollouts: every rollout is looked at, and its evidence grows', async () => {
    const few = ['--rollouts', '20', '--minutes', '0.1', '--part-seconds', '2', '--settle-seconds', '3'];
    const outcome = await bench('live-rollouts', ...few);
    expectComplete(outcome);
    expect(outcome.result).toMatch(/^- met: each look judges .* of 20 of 20 sampled rollouts grew/m);
    expect(outcome.result).toMatch(
      /^\d+ looks, .* 0 unanswered questions\. 20 rollouts were live in the end/m,
    );
    for (const goal of ['resident memory', 'flat over', 'p99 from due to committed', 'and due as asked'])
      expect(outcome.result).toMatch(new RegExp(`^- (met|MISSED): ${goal}`, 'm'));
    expect(rowsOf(outcome.result)).toHaveLength(3);
  });

  test('Kubernetes rollouts: they are judged, cost no request while nothing changes, and see a pod fall', async () => {
    const few = ['--rollouts', '4', '--settle-seconds', '1', '--quiet-seconds', '2', '--changes', '4'];
    const outcome = await bench('kubernetes-rollouts', ...few);
    expectComplete(outcome);
    expect(outcome.result).toMatch(/^- met: rollouts that wait cost nothing .* 5 watches are open$/m);
    expect(outcome.result).toMatch(/^- met: every rollout is still judged in the end; measured 4 of 4$/m);
    for (const goal of ['memory of the control plane', 'p99 from a change of readiness'])
      expect(outcome.result).toMatch(new RegExp(`^- (met|MISSED): ${goal}`, 'm'));
    expect(outcome.result).toMatch(/^\| falls, decided \| 2 \|/m);
  });

  test('tasks: each queue does all of its tasks, and the goals are told', async () => {
    const few = [
      '--tasks',
      '300',
      '--rounds',
      '1',
      '--workers',
      '1,2',
      '--seconds',
      '0.2',
      '--backlog',
      '600',
    ];
    const only = ['Sluice engine, all', 'Sluice over', 'pg-boss', 'graphile', 'DBOS'].flatMap((name) => [
      '--only',
      name,
    ]);
    const outcome = await bench('tasks', ...few, '--sessions', '8', '--idle-seconds', '1', ...only);
    expectComplete(outcome);
    expect(rowsOf(outcome.result).map(([name]) => name)).toContain('DBOS queues');
    expect(outcome.result).toMatch(/^- (met|MISSED): with 2 workers, a lower p99 of dispatch/m);
    expect(outcome.result).toMatch(/^\| until \d+ tasks? had been handed out and begun \|/m);
  });

  test('dashboard: each page has its load, and lists their frames', async () => {
    const few = ['--rounds', '1', '--applications', '20', '--events', '300', '--seconds', '0.3'];
    const outcome = await bench('dashboard', ...few);
    if (outcome.code === 3)
      return reportSkip('what the dashboard costs: there is no chromium on this machine');
    // Whether a goal is met says nothing here: others use the machine.
    expectComplete({ ...outcome, code: outcome.code === 1 ? 0 : outcome.code });
    expect(rowsOf(outcome.result).map(([name]) => name)).toContain('rollout, 300 events');
    expect(outcome.printed).toMatch(/(met|MISSED): interactive within 1 s on localhost/);
  });

  test('router: each proxy carries the load, and the goals are told', async () => {
    const few = [
      '--rounds',
      '1',
      '--seconds',
      '1',
      '--warm-up',
      '1',
      '--only',
      'Sluice, 1',
      '--only',
      'http-proxy-3',
    ];
    const outcome = await bench('router', ...few);
    expectComplete(outcome);
    expect(rowsOf(outcome.result).map(([name]) => name)).toEqual([
      'no proxy',
      'Sluice, 1 worker',
      'http-proxy-3',
    ]);
    expect(outcome.printed).toMatch(
      /(met|MISSED): with 64 connections, a lower p99 than every other Node proxy/,
    );
  });
});
