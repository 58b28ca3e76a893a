import { table } from '../judge/report.ts';
import { median } from '../median.ts';
import type { GoalLine, ResultFile } from '../result-file.ts';
import { behindText, OURS } from './behind.ts';
import type { Cell } from './cell.ts';
import type { CellFigures } from './measure-cell.ts';
import type { Contender } from './contenders.ts';
import type { SessionFigures } from './measure-sessions.ts';

/** A contender with a long queue. */
export interface LongQueue {
  readonly contender: Contender;
  readonly figures: CellFigures;
}

/** Everything that was measured, and how. */
export interface TaskRun {
  readonly cells: readonly Cell[];
  readonly long: readonly LongQueue[];
  readonly sessions: SessionFigures | null;
  readonly setting: {
    readonly tasks: number;
    readonly rounds: number;
    readonly workers: readonly number[];
    readonly perSecond: number;
    readonly seconds: number;
    readonly backlog: number;
    readonly drained: number;
    readonly isRaised: boolean;
    readonly postgres: string;
    readonly redis: string | null;
    readonly loadBefore: string;
    readonly again: string;
  };
}

const at = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
const medianOf = ({ rounds }: Pick<Cell, 'rounds'>, value: (round: CellFigures) => number): number =>
  median(rounds.map(value));
const filled = (cell: Cell): number => medianOf(cell, (round) => round.filledPerSecond);
const drained = (cell: Cell): number => medianOf(cell, (round) => round.drainedPerSecond);
const p50 = (cell: Cell): number => medianOf(cell, ({ latencies }) => at(latencies, 0.5));
const p99 = (cell: Cell): number => medianOf(cell, ({ latencies }) => at(latencies, 0.99));
/** A task that comes in and is done, where both share the machine. */
const throughBoth = (cell: Cell): number => 1 / (1 / filled(cell) + 1 / drained(cell));

/** Tells the results. */
export function taskReport(run: TaskRun): ResultFile {
  const { setting } = run;
  return {
    title: 'Tasks: throughput and dispatch beside other queues',
    method: methodOf(run),
    again: setting.again,
    loadBefore: setting.loadBefore,
    goals: goalsOf(run.cells),
    sections: [
      {
        title: 'No-op tasks per second',
        text: [
          'Median of the rounds; in brackets the least and the most. "in" is how many tasks a second are taken in while nobody works, "done" how many are done and acknowledged in the store while nothing comes in, "in and done" what both come to one after the other.',
          '',
          ...rateTable(run.cells, setting.workers),
        ],
      },
      {
        title: `Dispatch at ${setting.perSecond} tasks a second`,
        text: [
          'From before the submit until the handler begins, in ms, p50 / p99 (median of the rounds of each); the submit itself, until the task is stored, is part of it.',
          '',
          ...latencyTable(run.cells, setting.workers),
        ],
      },
      ...(run.long.length > 0 ? [longSection(run)] : []),
      ...(run.sessions ? [sessionSection(run.sessions)] : []),
      { title: 'Where Sluice is behind', text: behindText(run.cells, drained, p99) },
      {
        title: 'How each is set up',
        text: contendersOf(run.cells).map(({ name, setup }) => `- ${name}: ${setup}.`),
      },
    ],
  };
}

function methodOf({ setting }: TaskRun): string[] {
  const { tasks, rounds, perSecond, seconds, isRaised, postgres, redis } = setting;
  return [
    `Each measurement is a process of its own over an empty database of the same embedded PostgreSQL ${postgres} as it ships (fsync on), or an empty Redis ${redis ?? '(not installed here, so that BullMQ is missing)'}. First ${tasks.toLocaleString('en-US')} tasks come in, 1,000 in a request and two requests at a time (slower queues get fewer tasks); then workers start and do them all with handlers that return at once; a task is done when its store says so. The time of "done" begins with the first handler. Then ${perSecond} tasks a second come in one by one at a steady pace for ${seconds} s, whatever comes back. Producer and workers are one process, but for "over gRPC".`,
    `${rounds} rounds; each visits all queues and numbers of workers, in an order that moves by one each round. Nothing was analysed or vacuumed between filling and draining but by PostgreSQL itself.`,
    `${isRaised ? "Other work was running on the machine; all processes measured here, the databases too, ran with raised priority (`chrt -r 1`, else niceness), but share the disk with it: p99 shows the neighbours' fsync as well. " : ''}Compare rows with rows, not with other machines.`,
  ];
}

const contendersOf = (cells: readonly Cell[]): readonly Contender[] => [
  ...new Set(cells.map(({ contender }) => contender)),
];

function rateTable(cells: readonly Cell[], workers: readonly number[]): readonly string[] {
  const heads = ['', 'in', ...workers.map((count) => `done, ${count} ${count === 1 ? 'worker' : 'workers'}`)];
  return table(
    [...heads, `in and done, ${middleOf(workers)}`],
    contendersOf(cells).map((contender) => {
      const own = cells.filter((cell) => cell.contender === contender);
      const middle = own.find((cell) => cell.workers === middleOf(workers)) ?? own[0];
      return [
        contender.name,
        thousands(median(own.map(filled))),
        ...workers.map((count) => ratesIn(own.find((cell) => cell.workers === count))),
        middle ? thousands(throughBoth(middle)) : '',
      ];
    }),
  );
}

const middleOf = (workers: readonly number[]): number => workers[Math.floor(workers.length / 2)] ?? 1;

function ratesIn(cell: Cell | undefined): string {
  if (cell === undefined) return 'the same';
  const rates = cell.rounds.map(({ drainedPerSecond }) => drainedPerSecond);
  const [least, most] = [Math.min(...rates), Math.max(...rates)];
  const spread = cell.rounds.length > 1 ? ` (${thousands(least)}–${thousands(most)})` : '';
  return `${thousands(drained(cell))}${spread}`;
}

const latencyTable = (cells: readonly Cell[], workers: readonly number[]): readonly string[] =>
  table(
    ['', ...workers.map((count) => `${count} ${count === 1 ? 'worker' : 'workers'}`), 'of which submit'],
    contendersOf(cells).map((contender) => {
      const own = cells.filter((cell) => cell.contender === contender);
      const both = (cell: Cell | undefined): string =>
        cell ? `${millis(p50(cell))} / ${millis(p99(cell))}` : 'the same';
      return [
        contender.name,
        ...workers.map((count) => both(own.find((cell) => cell.workers === count))),
        millis(median(own.map((cell) => medianOf(cell, ({ submits }) => at(submits, 0.5))))),
      ];
    }),
  );

function longSection({ long, setting }: TaskRun): ResultFile['sections'][number] {
  const { backlog, drained: many } = setting;
  return {
    title: `A queue of ${thousands(backlog)} waiting tasks`,
    text: [
      `Filled from empty, never analysed but by PostgreSQL itself; then, once it is on disk, four workers do ${thousands(many)} of them while the rest waits; median over parts of 2,500.`,
      '',
      ...table(
        ['', 'in per second', 'done per second'],
        long.map(({ contender, figures }) => [
          contender.name,
          thousands(figures.filledPerSecond),
          thousands(figures.drainedPerSecond),
        ]),
      ),
    ],
  };
}

function sessionSection(figures: SessionFigures): ResultFile['sections'][number] {
  const { workers, bytesBefore, bytesAfter, connectSeconds, idlePercent, handedOut, handedOutMs } = figures;
  const each = (bytesAfter - bytesBefore) / workers;
  return {
    title: `${thousands(workers)} connected workers`,
    text: [
      `Workers of \`@sluice/worker\`, each with a session over a TCP connection of its own, spread over four processes, and a server in a fifth. Memory is VmRSS of the server.`,
      '',
      ...table(
        ['', ''],
        [
          [
            'memory before, and with all of them',
            `${megabytes(bytesBefore)} MB, ${megabytes(bytesAfter)} MB`,
          ],
          ['for each worker', `${Math.round(each / 1024)} KB`],
          ['for 10,000 workers', `${megabytes(each * 10_000)} MB`],
          ['until all were let in', `${connectSeconds.toFixed(0)} s`],
          ['processor while all are idle and say that they live', `${idlePercent.toFixed(0)} % of a core`],
          [
            `until ${thousands(handedOut)} tasks had been handed out and begun`,
            `${(handedOutMs / 1000).toFixed(2)} s`,
          ],
        ],
      ),
    ],
  };
}

function goalsOf(cells: readonly Cell[]): GoalLine[] {
  const of = (name: string, workers: number): Cell | undefined =>
    cells.find((cell) => cell.contender.name === name && cell.workers === workers);
  const rivalsAt = (workers: number): readonly Cell[] =>
    contendersOf(cells)
      .filter(({ isOurs }) => !isOurs)
      .flatMap(({ name, scales }) => of(name, scales ? workers : (cells[0]?.workers ?? workers)) ?? []);
  const list = (rivals: readonly Cell[], value: (cell: Cell) => string): string =>
    rivals.map((cell) => `${cell.contender.name} ${value(cell)}`).join(', ');
  return [...new Set(cells.map(({ workers }) => workers))].flatMap((workers) => {
    const ours = of(OURS, workers);
    const rivals = rivalsAt(workers);
    if (ours === undefined || rivals.length === 0) return [];
    const crowd = `${workers} ${workers === 1 ? 'worker' : 'workers'}`;
    return [
      {
        goal: `with ${crowd}, more tasks done per second than every other queue, with fencing, priority, fairness and affinity on`,
        measured: `${thousands(drained(ours))} (${list(rivals, (cell) => thousands(drained(cell)))})`,
        met: rivals.every((cell) => drained(ours) > drained(cell)),
      },
      {
        goal: `with ${crowd}, a lower p99 of dispatch than every other queue`,
        measured: `${millis(p99(ours))} ms (${list(rivals, (cell) => `${millis(p99(cell))} ms`)})`,
        met: rivals.every((cell) => p99(ours) < p99(cell)),
      },
    ];
  });
}

const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');
const millis = (value: number): string => value.toFixed(value < 10 ? 2 : 0);
const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
