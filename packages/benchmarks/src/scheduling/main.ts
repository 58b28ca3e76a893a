/** `npm run bench -- scheduling`: what is won when it is learned how long tasks take, beside the plain policy. */
import { median } from '../median.ts';
import { loadAverage } from '../machine-shape.ts';
import { type GoalLine, RESULTS, writeResultFile } from '../result-file.ts';
import { figuresOf, type PlayFigures, type Ratio, ratioOf } from './figures.ts';
import {
  type BoostShape,
  knowingScheduling,
  learnedScheduling,
  shortestFirst,
} from './learned-scheduling.ts';
import { backlogErrors } from './backlog-study.ts';
import { DurationModel } from './duration-model.ts';
import { type Mix, MIXES, mixWords } from './mixes.ts';
import { type MakeScheduling, playMix } from './play-mix.ts';
import { MEAN_MS, playedTasks } from './played-tasks.ts';
import { pacedScheduling, plainScheduling } from './scheduling.ts';

const TASKS = 4_000;
/** Constants were chosen with seeds from 1000. */
const SEEDS = Array.from({ length: 6 }, (_, nth) => 2001 + nth);
const BOOST: BoostShape = { steps: 8, knee: 1, most: 16 };
/** A loss is what is beyond this with all of its interval. */
const LOSS = 1.02;

const POLICIES = {
  plain: (board) => plainScheduling(board),
  paced: (board) => pacedScheduling(board),
  order: (board, peers, clock) => learnedScheduling(board, { boost: BOOST, places: false }, peers, clock),
  places: (board, peers, clock) => learnedScheduling(board, { boost: null, places: true }, peers, clock),
  knowing: (board) => knowingScheduling(board, BOOST),
  shortest: (board) => shortestFirst(board),
} as const satisfies Record<string, MakeScheduling>;
type Policy = keyof typeof POLICIES;
const LEARNED = ['paced', 'order', 'places', 'knowing', 'shortest'] as const;

interface Cell {
  readonly mix: Mix;
  readonly plays: Readonly<Record<Policy, readonly PlayFigures[]>>;
}

function cellOf(mix: Mix): Cell {
  const played = (make: MakeScheduling): readonly PlayFigures[] =>
    SEEDS.map((seed) => figuresOf(playMix(mix, playedTasks(mix, TASKS, seed), make)));
  const plays = Object.fromEntries(Object.entries(POLICIES).map(([name, make]) => [name, played(make)]));
  return { mix, plays: plays as Cell['plays'] };
}

const ratio = ({ plays }: Cell, policy: Policy, of: (figures: PlayFigures) => number): Ratio =>
  ratioOf(plays[policy].map(of), plays.plain.map(of));
const mean = (figures: PlayFigures): number => figures.meanMs;
const p99 = (figures: PlayFigures): number => figures.p99Ms;
const nameOf = ({ mix }: Cell): string => `${mix.name} | ${mix.workers} | ${mix.utilisation}`;

/** Of all keys and priorities the one that lost the most. */
function worstFlow({ plays }: Cell, policy: Policy): Ratio {
  const flows = [...(plays.plain[0]?.byFlow.keys() ?? [])];
  const ratios = flows.map((flow) => {
    const of = (figures: PlayFigures): number => figures.byFlow.get(flow) ?? 1;
    return ratioOf(plays[policy].map(of), plays.plain.map(of));
  });
  return ratios.reduce((worst, each) => (each.middle > worst.middle ? each : worst));
}

const written = ({ middle, low, high }: Ratio): string =>
  `${middle.toFixed(3)} (${low.toFixed(2)}–${high.toFixed(2)})`;
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);

/** µs of a processor for one task: what it is moved by, and what is learned of it. */
function costUs(): { readonly ask: number; readonly learn: number } {
  const mix = MIXES.find(({ explained, workers }) => explained === 0.7 && workers === 8);
  const tasks = mix === undefined ? [] : playedTasks(mix, 20_000, 1);
  const model = new DurationModel();
  const timed = (run: () => void): number => {
    const begun = performance.now();
    run();
    return ((performance.now() - begun) * 1_000) / tasks.length;
  };
  const turns = Array.from({ length: 7 }, () => ({
    learn: timed(() => tasks.forEach((task) => model.learn(task, task.workMs, 0))),
    ask: timed(() => tasks.forEach((task) => model.ratioOf(task))),
  }));
  return { ask: median(turns.map(({ ask }) => ask)), learn: median(turns.map(({ learn }) => learn)) };
}

const loadBefore = loadAverage();
const cells = MIXES.map((mix) => {
  const cell = cellOf(mix);
  process.stderr.write(
    `${nameOf(cell)}: ${written(ratio(cell, 'paced', mean))} ${written(ratio(cell, 'paced', p99))} ${written(ratio(cell, 'order', mean))} ${written(ratio(cell, 'order', p99))} ${written(ratio(cell, 'places', mean))} ${written(ratio(cell, 'places', p99))}\n`,
  );
  return cell;
});
const cost = costUs();

const losses = (policy: Policy): readonly Cell[] =>
  cells.filter((cell) => ratio(cell, policy, mean).low > LOSS || ratio(cell, policy, p99).low > LOSS);
const wins = (policy: Policy): readonly Cell[] => cells.filter((cell) => ratio(cell, policy, mean).high < 1);
const ofAll = (policy: Policy, of: (figures: PlayFigures) => number): number =>
  Math.exp(cells.reduce((sum, cell) => sum + Math.log(ratio(cell, policy, of).middle), 0) / cells.length);

const unfair = (policy: Policy): readonly Cell[] =>
  cells.filter((cell) => worstFlow(cell, policy).low > LOSS);

const goals: readonly GoalLine[] = (['paced', 'order', 'places'] as const).flatMap((policy) => [
  {
    goal: `${policy}: no cell in which mean or p99 is surely worse by more than 2 %`,
    measured: `${losses(policy).length} of ${cells.length}${losses(policy)
      .map((cell) => `; ${nameOf(cell)}`)
      .join('')}`,
    met: losses(policy).length === 0,
  },
  {
    goal: `${policy}: no key with a priority whose mean is surely worse by more than 2 %`,
    measured: `${unfair(policy).length} of ${cells.length}${unfair(policy)
      .map((cell) => `; ${nameOf(cell)}: ${written(worstFlow(cell, policy))}`)
      .join('')}`,
    met: unfair(policy).length === 0,
  },
  {
    goal: `${policy}: mean and p99 shorter than plain over all cells`,
    measured: `mean ${ofAll(policy, mean).toFixed(3)}, p99 ${ofAll(policy, p99).toFixed(3)} of plain (geometric means); the mean surely shorter in ${wins(policy).length} of ${cells.length}`,
    met: ofAll(policy, mean) < 1 && ofAll(policy, p99) < 1,
  },
]);

const table = (of: (figures: PlayFigures) => number): readonly string[] => [
  '| mix | workers | utilisation | plain | paced | learned order | learned places | knowing order | shortest first |',
  '|---|---|---|---|---|---|---|---|---|',
  ...cells.map((cell) => {
    const seconds = median(cell.plays.plain.map(of)) / 1000;
    return `| ${nameOf(cell)} | ${seconds.toFixed(1)} s | ${LEARNED.map((policy) => written(ratio(cell, policy, of))).join(' | ')} |`;
  }),
];

const path = writeResultFile(RESULTS, 'scheduling.md', {
  title: 'Scheduling that learns',
  method: [
    `A fleet is played in virtual time, task by task: ${TASKS} tasks of ${MEAN_MS / 1000} s (mean, lognormal) for each of ${SEEDS.length} seeds, the same tasks for every policy, the first tenth not counted. Fair tags, weights of priorities, the board of workers with its ejection, pauses between attempts and the order in which workers are served are those of production; claims take no time, and sessions and limits are left out. Completion is from the moment at which a task comes in to its end, tries again included. Ratios are to the plain policy, seed by seed: geometric mean, and its interval of 95 % (Student). Four keys of the same weight share the fleet.`,
    mixWords(),
    '**plain** is what learns nothing: workers are weighed by the mean of their last twenty durations. **Paced** is what runs in production: workers are weighed by their pace (`core/tasks/learning/worker-pace.ts`), the mean of the logarithms of their durations beside that of their peers, as far as it is beyond two standard errors. **Learned order** stands tasks that are expected to be short before where they would else stand in their line, by γ-Boost (Yu and Scully 2024): `min(16, −8 ln(1 − e^(−r)))` steps of their flow, where r is the expected duration beside the mean; expected by ridge regression on kind, size, key and priority of what ended before, and moved by no more than was foretold of the last 300 (R²). Virtual time goes by where tasks would have stood. **Learned places** leaves the order, and gives no task to a worker that costs so much more that it is better to wait for another (effect on durations and part of failures, beyond two standard errors; at most a third of the workers). It is told how much waits, which production would have to ask for. **Knowing order** is the learned order with true durations. **Shortest first** knows them too, and heeds neither key nor priority.',
    'Constants were chosen on `heavy, R² 0`, `heavy, R² 0.7` and `one slow` with 8 workers at 0.8 and 0.95, with other seeds. Synthetic: no real fleet was recorded. How much can be known of a task is the parameter that decides, so it is varied.',
  ],
  again: 'npm run bench -- scheduling',
  loadBefore,
  goals,
  sections: [
    { title: 'Mean time to completion', text: table(mean) },
    { title: '99th percentile of the time to completion', text: table(p99) },
    {
      title: 'Fairness, and who waits longest',
      text: [
        'With the learned order: the key and priority whose mean became worst beside plain, and the longest wait for a first attempt beside plain (medians of seeds). Then most tasks that came in later and began earlier, over all seeds.',
        '',
        '| mix | workers | utilisation | worst key | longest wait | overtaken by, plain | overtaken by, learned order | overtaken by, shortest first |',
        '|---|---|---|---|---|---|---|---|',
        ...cells.map((cell) => {
          const waits = (policy: Policy): number =>
            median(cell.plays[policy].map(({ longestWaitMs }) => longestWaitMs));
          const overtaken = (policy: Policy): number =>
            most(cell.plays[policy].map((play) => play.mostOvertaken));
          const wait = waits('plain') < 1 ? 'none waits' : `${(waits('order') / waits('plain')).toFixed(2)}`;
          return `| ${nameOf(cell)} | ${written(worstFlow(cell, 'order'))} | ${wait} | ${overtaken('plain')} | ${overtaken('order')} | ${overtaken('shortest')} |`;
        }),
      ],
    },
    {
      title: 'Work that waits, in seconds',
      text: [
        'What would size a pool: how far the work of tasks that wait is from what was foretold of it (median factor, 1 is exact), by their number and the mean of the last 200, as pools do it, or task by task. Fifty tasks as they come, or what comes of one kind in batches.',
        '',
        '| mix | tasks | by number | by task |',
        '|---|---|---|---|',
        ...MIXES.filter(({ workers, utilisation }) => workers === 8 && utilisation === 0.8)
          .filter(({ name }) => name.startsWith('heavy') || name === 'kinds drift')
          .flatMap((mix) =>
            [false, true].map((isSorted) => {
              const { byNumber, byTask } = backlogErrors(mix, SEEDS, isSorted);
              return `| ${mix.name} | ${isSorted ? 'one kind' : 'any'} | ${byNumber.toFixed(2)} | ${byTask.toFixed(2)} |`;
            }),
          ),
      ],
    },
    {
      title: 'What it costs',
      text: [
        `Processor time of one server for one task, the median of seven turns over 20,000 tasks: ${cost.ask.toFixed(1)} µs to say where a task stands, ${cost.learn.toFixed(1)} µs to learn from its end.`,
      ],
    },
  ],
});
process.stdout.write(`${path}\n`);
