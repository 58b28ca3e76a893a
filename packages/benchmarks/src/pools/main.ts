/** `npm run bench -- pools`: what is gained and paid when a pool foresees its load, beside one that only reacts. */
import { loadAverage } from '../machine-shape.ts';
import { RESULTS, writeResultFile } from '../result-file.ts';
import { PATTERNS } from './load-patterns.ts';
import { type DayResult, playDay, TASK_SECONDS } from './one-day.ts';

const STARTS = [
  { name: 'a process of a machine', seconds: 1 },
  { name: 'a pod on a node with room', seconds: 15 },
  { name: 'a pod that needs a new node', seconds: 120 },
] as const;
const POLICIES = [
  { name: 'reacts', spareWorkers: 0, isForeseeing: false },
  { name: 'reacts, 3 warm', spareWorkers: 3, isForeseeing: false },
  { name: 'foresees', spareWorkers: 0, isForeseeing: true },
] as const;
const SEEDS = [1, 2, 3];

const loadBefore = loadAverage();
const rows = STARTS.flatMap((start) =>
  PATTERNS.flatMap((pattern) =>
    POLICIES.map(({ name, ...policy }) => {
      const days = SEEDS.map((seed) => playDay({ pattern, startSeconds: start.seconds, ...policy, seed }));
      return { start: start.name, pattern: pattern.name, policy: name, ...medianOf(days) };
    }),
  ),
);

const path = writeResultFile(RESULTS, 'pools.md', {
  title: 'Pools: reacting and foreseeing',
  method: [
    `One day of tasks of ${TASK_SECONDS} s (mean, exponential) is played second by second, with \`decidePool\` and \`foreseenPlaces\` as they run in production, after fourteen days of history. Medians of ${SEEDS.length} seeds. Waiting time is from the moment at which a task comes in to its first attempt; worker-hours count workers from the order to start them. Target wait 10 s, workers stay for 60 s.`,
    PATTERNS.map(({ name, says }) => `**${name}** ${says}.`).join(' '),
    'Synthetic: no real fleet was recorded. What a start takes is the parameter that decides, so it is varied.',
  ],
  again: 'npm run bench -- pools',
  loadBefore,
  goals: [],
  sections: STARTS.map(({ name, seconds }) => ({
    title: `Workers start in ${seconds} s: ${name}`,
    text: [
      '| load | policy | tasks | wait p50 | wait p99 | worker-hours |',
      '|---|---|---|---|---|---|',
      ...rows
        .filter(({ start }) => start === name)
        .map(
          ({ pattern, policy, tasks, p50, p99, workerHours }) =>
            `| ${pattern} | ${policy} | ${tasks} | ${p50} s | ${p99} s | ${workerHours.toFixed(1)} |`,
        ),
    ],
  })),
});
process.stdout.write(`${path}\n`);

function medianOf(days: readonly DayResult[]): DayResult {
  const middle = (of: (day: DayResult) => number): number =>
    days.map(of).toSorted((a, b) => a - b)[Math.floor(days.length / 2)] ?? 0;
  return {
    tasks: middle(({ tasks }) => tasks),
    p50: middle(({ p50 }) => p50),
    p99: middle(({ p99 }) => p99),
    workerHours: middle(({ workerHours }) => workerHours),
  };
}
