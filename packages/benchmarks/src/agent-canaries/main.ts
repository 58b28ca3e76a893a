/**
 * Canaries of an agent on real processes: how many tasks fail until a bad version is taken back, and is a good one ever?
 *
 *   node packages/benchmarks/src/agent-canaries/main.ts [--runs 20] [--rate 60] [--bad 0.2] [--good 0.01] [--hold 14s]
 *     [--later 6s] [--warm-up 1s] [--results FOLDER]
 *
 * Writes agent-canaries.md. It takes about a minute for each run.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { table } from '../judge/report.ts';
import { loadAverage } from '../machine-shape.ts';
import { median } from '../median.ts';
import { RESULTS, writeResultFile } from '../result-file.ts';
import { CanaryFleet, type Course } from './canary-fleet.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    rate: { type: 'string', default: '60' },
    bad: { type: 'string', default: '0.2' },
    good: { type: 'string', default: '0.01' },
    hold: { type: 'string', default: '14s' },
    later: { type: 'string', default: '6s' },
    'warm-up': { type: 'string', default: '1s' },
    results: { type: 'string', default: RESULTS },
  },
});
const RUNS = Number(values.runs);
/** What stable has done before the first canary, in ms. */
const BEFORE_MS = 10_000;

interface Courses {
  readonly bad: readonly Course[];
  readonly good: readonly Course[];
}

async function measure(home: string): Promise<Courses> {
  const fleet = await CanaryFleet.start(home, {
    ...{ hold: values.hold, later: values.later, warmUp: values['warm-up'] },
  });
  const courses = { bad: [] as Course[], good: [] as Course[] };
  try {
    await fleet.release('v0', Number(values.good));
    fleet.submitSteadily(Number(values.rate));
    await delay(BEFORE_MS);
    for (let run = 1; run <= RUNS; run++)
      for (const kind of ['bad', 'good'] as const) {
        const course = await fleet.release(`${kind}-${run}`, Number(values[kind]));
        courses[kind].push(course);
        process.stdout.write(`${kind} ${run}: ${wordsOf(course)}\n`);
      }
    return courses;
  } finally {
    await fleet.stop();
  }
}

const wordsOf = ({ outcome, wasHeld, failedTasks, attempts, seconds, reason }: Course): string =>
  `${outcome}${wasHeld ? ' (held)' : ''}, ${failedTasks} failed tasks of ${attempts}, ${seconds.toFixed(0)} s ${reason}`;

const isTakenBack = ({ outcome, reason }: Course): boolean =>
  outcome === 'rolled-back' && reason.startsWith('judge');

function rowOf(name: string, courses: readonly Course[]): readonly string[] {
  const failures = courses.map(({ failedTasks }) => failedTasks);
  return [
    name,
    `${courses.length}`,
    `${courses.filter(isTakenBack).length}`,
    `${courses.filter(({ wasHeld }) => wasHeld).length}`,
    `${median(failures)}`,
    `${Math.max(...failures)}`,
    `${courses.reduce((sum, { deadTasks }) => sum + deadTasks, 0)}`,
    `${median(courses.map(({ attempts }) => attempts))}`,
    `${median(courses.map(({ seconds }) => seconds)).toFixed(0)} s`,
  ];
}

async function main(): Promise<void> {
  const loadBefore = loadAverage();
  const home = await mkdtemp(join(tmpdir(), 'sluice-agent-canaries-'));
  try {
    const { bad, good } = await measure(home);
    const taken = bad.filter(isTakenBack);
    const wrong = good.filter(({ outcome, wasHeld }) => outcome !== 'succeeded' || wasHeld);
    const failures = median(bad.map(({ failedTasks }) => failedTasks));
    const path = writeResultFile(values.results, 'agent-canaries.md', {
      title: 'Canaries of an agent, on real processes',
      method: [
        `One agent of two worker processes, started with \`sluice up\`; ${values.rate} tasks come in each second, each takes 10 to 30 ms, and none is tried again, so that each failed attempt is a failed task. Stable fails ${percent(values.good)} of its tasks. Bad versions, which fail ${percent(values.bad)}, and versions that change nothing are released in turn: phases of 5 % for ${values.hold}, and of 25 and 50 % for ${values.later} each, a warm-up of ${values['warm-up']}; else all defaults.`,
        'Failed tasks are all attempts of the candidate that failed, those after the verdict included; `still dead` are those of them that were dead letters when the release had ended, because a version that is taken back leaves its own to stable. A release that is held because the judge is not sure goes on as it is; the benchmark aborts it after a minute.',
      ],
      again: `node packages/benchmarks/src/agent-canaries/main.ts --runs ${RUNS} --rate ${values.rate} --bad ${values.bad} --good ${values.good} --hold ${values.hold} --later ${values.later} --warm-up ${values['warm-up']}`,
      loadBefore,
      goals: [
        {
          goal: 'a bad version is taken back with fewer than 10 failed tasks in the median',
          measured: `${failures} failed tasks; ${taken.length} of ${bad.length} were taken back by the judge`,
          met: failures < 10 && taken.length === bad.length,
        },
        {
          goal: 'no good version is taken back',
          measured: `${wrong.length} of ${good.length} were taken back or held`,
          met: wrong.length === 0,
        },
      ],
      sections: [
        {
          title: 'Figures',
          text: table(
            [
              'version',
              'releases',
              'taken back',
              'held',
              'failed tasks, median',
              'most',
              'still dead, together',
              'attempts, median',
              'time, median',
            ],
            [rowOf('bad', bad), rowOf('good', good)],
          ),
        },
        {
          title: 'Each release',
          text: [
            ...bad.map((course) => `- bad: ${wordsOf(course)}`),
            ...good.map((course) => `- good: ${wordsOf(course)}`),
          ],
        },
      ],
    });
    process.stdout.write(`written: ${path}\n`);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

const percent = (part: string): string => `${Number(part) * 100} %`;

await main();
