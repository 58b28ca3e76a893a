import type { Cell } from './cell.ts';

/** What is compared with the others: with everything on. */
export const OURS = 'Sluice engine, all on';

/** Why the others may be ahead; measured by leaving parts of the schema out, on the machine of the first results. */
const REASONS = [
  'Rate: a task is written three times (taken in, leased, ended) and is kept with its result. Writing a row anew costs the database 14 µs here: 7 µs the row itself, 3 µs its entry in the primary key, which is written each time because the state stands in the conditions of indexes, 2 µs the other indexes, 1 to 2 µs checks and the foreign key of evaluations. graphile-worker deletes what has ended, and hands out from a local queue; pg-boss writes as often, but has neither fair tags, sessions nor a fence by worker, and fewer indexes.',
  'More workers do not make Sluice quicker here: one claim serves all workers of a server, beside one statement that ends, which together keep the two cores busy.',
  'Dispatch: submit and claim are two transactions that are on disk before anybody is told. Redis with `everysec` tells at once and writes up to a second later; with `always` it writes one small record where PostgreSQL writes the row, its indexes, its flow and its line.',
];

/** Who is ahead of us in what, by how much, and why. */
export function behindText(
  cells: readonly Cell[],
  rate: (cell: Cell) => number,
  tail: (cell: Cell) => number,
): readonly string[] {
  const ours = cells.filter(({ contender }) => contender.name === OURS);
  const lines = ours.flatMap((own) =>
    cells
      .filter(({ contender, workers }) => !contender.isOurs && workers === own.workers)
      .flatMap((rival) => [
        ...(rate(rival) > rate(own)
          ? [
              `${rival.contender.name} does ${(rate(rival) / rate(own)).toFixed(2)} times as many tasks with ${words(own)}`,
            ]
          : []),
        ...(tail(rival) < tail(own)
          ? [
              `the p99 of ${rival.contender.name} is ${(tail(own) / tail(rival)).toFixed(1)} times shorter with ${words(own)}`,
            ]
          : []),
      ]),
  );
  if (lines.length === 0) return ['Nowhere in this run.'];
  return [...lines.map((line) => `- ${line}`), '', ...REASONS.flatMap((reason) => [reason, ''])].slice(0, -1);
}

const words = ({ workers }: Cell): string => `${workers} ${workers === 1 ? 'worker' : 'workers'}`;
