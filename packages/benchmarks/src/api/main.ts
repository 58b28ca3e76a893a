/**
 * Figure 5: reads and writes of the HTTP API per second, with p99.
 *
 *   node packages/benchmarks/src/api/main.ts [--tracks 200] [--connections 16] [--rounds 5] [--seconds 5] [--warm-up 4]
 *     [--settle-seconds 3] [--raised] [--results FOLDER]
 *
 * Writes api.md. Ends with 1 when requests were refused: their figures would say nothing.
 */
import { readAdminToken } from '@sluice/protocol/process/admin-token.ts';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { table } from '../judge/report.ts';
import { loadAverage } from '../machine-shape.ts';
import { median } from '../median.ts';
import { raisePriority } from '../raise-priority.ts';
import { type GoalLine, goalWords, RESULTS, writeResultFile } from '../result-file.ts';
import { processorMs, withChildren } from '../rig/process-figures.ts';
import { seedStore, spreadWakes } from '../rig/seed-store.ts';
import { type RunningServer, type ServerRig, startServerRig } from '../rig/server-rig.ts';
import type { LoadRound } from './load.ts';
import { API_OPERATIONS, RELEASE_FILE } from './operations.ts';
import { runLoad } from './run-load.ts';

const { values } = parseArgs({
  options: {
    tracks: { type: 'string', default: '200' },
    connections: { type: 'string', default: '16' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    'warm-up': { type: 'string', default: '4' },
    'settle-seconds': { type: 'string', default: '3' },
    raised: { type: 'boolean', default: false },
    results: { type: 'string', default: RESULTS },
  },
});

/** The loop goes on meanwhile, as it does in earnest; looks are so rare that they take little from the API. */
const LOOK_EVERY_MS = 10_000;

interface Row {
  readonly operation: string;
  readonly rounds: readonly LoadRound[];
  readonly serverMsPerRequest: number;
  readonly postgresMsPerRequest: number;
}

async function measure(rig: ServerRig, server: RunningServer, operation: string): Promise<Row> {
  const load = {
    token: (await readAdminToken(rig.directory)) ?? '',
    ...{ apiPort: server.apiPort, operation, sources: join(rig.directory, 'sources') },
    ...{ tracks: Number(values.tracks), connections: Number(values.connections) },
    ...{ warmUpSeconds: Number(values['warm-up']), rounds: Number(values.rounds) },
    roundSeconds: Number(values.seconds),
  };
  const postgres = await withChildren(rig.postgresPid);
  const [serverBefore, postgresBefore] = [await processorMs([server.pid]), await processorMs(postgres)];
  const rounds = await runLoad(load);
  const share = (load.rounds * load.roundSeconds) / (load.rounds * load.roundSeconds + load.warmUpSeconds);
  const answers = rounds.reduce((sum, round) => sum + round.answers + round.failures, 0) / share;
  return {
    ...{ operation, rounds },
    serverMsPerRequest: ((await processorMs([server.pid])) - serverBefore) / answers,
    postgresMsPerRequest: ((await processorMs(postgres)) - postgresBefore) / answers,
  };
}

async function measureAll(): Promise<readonly Row[]> {
  const rig = await startServerRig();
  try {
    await mkdir(join(rig.directory, 'sources'));
    await writeFile(join(rig.directory, 'sources', 'sluice.yaml'), RELEASE_FILE);
    await writeFile(join(rig.directory, 'sources', 'server.mjs'), '// serves\n');
    await seedStore(rig.db, Number(values.tracks), Date.now() + LOOK_EVERY_MS);
    await spreadWakes(rig.db, Date.now(), LOOK_EVERY_MS);
    const server = await rig.startServer(LOOK_EVERY_MS);
    await delay(Number(values['settle-seconds']) * 1000); // A server that has just started is not what is measured.
    const rows: Row[] = [];
    for (const operation of Object.keys(API_OPERATIONS)) {
      rows.push(await measure(rig, server, operation));
      process.stdout.write(`${rowOf(rows.at(-1) as Row).join(' | ')}\n`);
    }
    return rows;
  } finally {
    await rig.close();
  }
}

function rowOf({ operation, rounds, ...costs }: Row): readonly string[] {
  const middle = (part: (round: LoadRound) => number): number => median(rounds.map(part));
  const failures = rounds.reduce((sum, round) => sum + round.failures, 0);
  const first = rounds.find(({ firstFailure }) => firstFailure !== null)?.firstFailure;
  return [
    API_OPERATIONS[operation]?.name ?? operation,
    API_OPERATIONS[operation]?.kind ?? '',
    Math.round(middle(({ answers, seconds }) => answers / seconds)).toLocaleString('en'),
    middle(({ p50Ms }) => p50Ms).toFixed(1),
    middle(({ p99Ms }) => p99Ms).toFixed(1),
    costs.serverMsPerRequest.toFixed(2),
    costs.postgresMsPerRequest.toFixed(2),
    failures === 0 ? '0' : `${failures} (${first?.slice(0, 120)})`,
  ];
}

/** Figures of requests that are refused say nothing. */
function goalOf(rows: readonly Row[]): GoalLine {
  const rounds = rows.flatMap((row) => row.rounds);
  const sum = (part: (round: LoadRound) => number): number =>
    rounds.reduce((total, round) => total + part(round), 0);
  const [answers, failures] = [sum((round) => round.answers), sum((round) => round.failures)];
  return {
    goal: 'every request does what it asks for',
    measured: `${answers.toLocaleString('en')} did, ${failures.toLocaleString('en')} did not`,
    met: failures === 0 && rounds.every((round) => round.answers > 0),
  };
}

const HEADS = [
  'operation',
  'kind',
  'requests/s',
  'p50 ms',
  'p99 ms',
  'server ms',
  'PostgreSQL ms',
  'failures',
];

async function main(): Promise<void> {
  const loadBefore = loadAverage();
  const isRaised = values.raised && raisePriority();
  const rows = await measureAll();
  const { tracks, connections, rounds, seconds } = values;
  const goals = [goalOf(rows)];
  const path = writeResultFile(values.results, 'api.md', {
    title: 'The HTTP API: reads and writes per second',
    method: [
      `The server as it ships in its own process, over the embedded PostgreSQL as it ships (commits reach the disk), with ${tracks} tracks of which each has a live rollout with evidence, looked at every ${LOOK_EVERY_MS / 1000} s meanwhile; the host is simulated in a process of its own. Another process asks over ${connections} keep-alive connections, each with one request at a time; server, database, host and load share the machine. No answer is cached: each track that is shown is observed at its host and explained by the engine at that moment, so a page of 50 tracks asks the host 150 times.`,
      `Medians of ${rounds} rounds of ${seconds} s after a warm-up. "server ms" and "PostgreSQL ms" are processor time per request. A command is a whole commit: state, rollout, event and ledger entry in one transaction, one after another within the tenant because the ledger is a chain.`,
      ...(isRaised
        ? ['Other work was running on the machine; the processes measured here ran with raised priority.']
        : []),
    ],
    again: `node packages/benchmarks/src/api/main.ts --tracks ${tracks} --connections ${connections} --rounds ${rounds} --seconds ${seconds}${values.raised ? ' --raised' : ''}`,
    loadBefore,
    goals,
    sections: [{ title: 'Figures', text: table(HEADS, rows.map(rowOf)) }],
  });
  process.stdout.write(`${goals.map(goalWords).join('\n')}\nwritten: ${path}\n`);
  if (!goals.every(({ met }) => met)) process.exitCode = 1;
}

await main();
