/**
 * Figure: tasks per second and dispatch latency beside pg-boss, graphile-worker, BullMQ and DBOS; a long queue; memory of
 * connected workers.
 *
 *   node packages/benchmarks/src/tasks/main.ts [--tasks 20000] [--rounds 3] [--workers 1,4,16] [--seconds 3]
 *     [--backlog 1000000] [--sessions 10000] [--idle-seconds 10] [--only NAME]… [--raised] [--results FOLDER]
 *
 * `--only` measures the queues whose names begin so; it may be given several times. `--backlog 0` and `--sessions 0` leave
 * these parts out. With `--raised` it puts itself above its neighbours. Writes tasks.md.
 */
import { parseArgs } from 'node:util';
import { loadAverage } from '../machine-shape.ts';
import { raisePriority } from '../raise-priority.ts';
import { goalWords, RESULTS, writeResultFile } from '../result-file.ts';
import { versionOf } from '../router/debian-program.ts';
import type { CellFigures } from './measure-cell.ts';
import { type Contender, contendersNamed } from './contenders.ts';
import { measureSessions } from './measure-sessions.ts';
import { type QueueRig, startQueueRig } from './queue-rig.ts';
import { raiseToRealTime } from './raise-to-real-time.ts';
import type { Cell } from './cell.ts';
import { type LongQueue, taskReport } from './report.ts';

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '3' },
    workers: { type: 'string', default: '1,4,16' },
    seconds: { type: 'string', default: '3' },
    backlog: { type: 'string', default: '1000000' },
    sessions: { type: 'string', default: '10000' },
    'idle-seconds': { type: 'string', default: '10' },
    only: { type: 'string', multiple: true, default: [] },
    raised: { type: 'boolean', default: false },
    results: { type: 'string', default: RESULTS },
  },
});

const PER_SECOND = 200;
const tasks = Number(values.tasks);
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const backlog = Number(values.backlog);
const workers = values.workers.split(',').map(Number);
/** Of a long queue so many are done. */
const drained = Math.min(40_000, backlog / 2);
const latency = { perSecond: PER_SECOND, seconds };
const say = (words: string): void => void process.stdout.write(`${words}\n`);

interface Entry {
  readonly contender: Contender;
  readonly workers: number;
  readonly rounds: CellFigures[];
}

async function measure(rig: QueueRig, entry: Entry): Promise<void> {
  const { contender } = entry;
  const count = Math.ceil(tasks / contender.slower);
  const figures = await rig.measure({
    ...{ contender: contender.name, place: await rig.freshPlace(), workers: entry.workers, latency },
    ...{ backlog: count, drained: count },
  });
  entry.rounds.push(figures);
  say(`${contender.name}, ${entry.workers} workers: ${Math.round(figures.drainedPerSecond)} tasks/s`);
}

/** A queue that is slow by itself would take an hour. */
async function measureLong(rig: QueueRig, contender: Contender): Promise<LongQueue> {
  const place = await rig.freshPlace();
  const figures = await rig.measure({
    contender: contender.name,
    place,
    workers: 4,
    latency,
    backlog,
    drained,
  });
  say(`${contender.name}, ${backlog} waiting: ${Math.round(figures.drainedPerSecond)} tasks/s`);
  return { contender, figures };
}

function againOf(): string {
  const { results: _results, raised, only, ...others } = values;
  const given = Object.entries(others).map(([name, value]) => `--${name} ${value}`);
  const named = only.map((name) => `--only "${name}"`);
  return [
    'node packages/benchmarks/src/tasks/main.ts',
    ...given,
    ...named,
    ...(raised ? ['--raised'] : []),
  ].join(' ');
}

const loadBefore = loadAverage();
const isRaised = values.raised && (raiseToRealTime() || raisePriority());
const rig = await startQueueRig();
try {
  const contenders = contendersNamed(values.only).filter(
    ({ name }) => rig.hasRedis || !name.startsWith('BullMQ'),
  );
  const entries: Entry[] = contenders.flatMap((contender) =>
    (contender.scales ? workers : workers.slice(0, 1)).map((count) => ({
      contender,
      workers: count,
      rounds: [],
    })),
  );
  for (let round = 0; round < rounds; round++)
    for (let nth = 0; nth < entries.length; nth++)
      await measure(rig, entries[(nth + round) % entries.length] as Entry);
  const long: LongQueue[] = [];
  for (const contender of contenders.filter(({ slower }) => backlog > 0 && slower === 1))
    long.push(await measureLong(rig, contender));
  const wanted = Number(values.sessions);
  const idleMs = Number(values['idle-seconds']) * 1000;
  const sessions =
    wanted > 0 ? await measureSessions(await rig.freshPlace(), { workers: wanted, idleMs }) : null;
  const cells: readonly Cell[] = entries;
  const report = taskReport({
    ...{ cells, long, sessions },
    setting: {
      ...{ tasks, rounds, workers, seconds, perSecond: PER_SECOND, backlog, drained, isRaised, loadBefore },
      ...{ postgres: rig.postgresVersion, redis: rig.hasRedis ? versionOf('redis-server') : null },
      again: againOf(),
    },
  });
  for (const goal of report.goals) say(goalWords(goal));
  say(`written: ${writeResultFile(values.results, 'tasks.md', report)}`);
} finally {
  await rig.close();
}
