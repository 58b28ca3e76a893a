/**
 * Figure 14: what access control costs: decisions per second, and requests of those who are known against anonymous ones, with
 * limits and without.
 *
 *   node packages/benchmarks/src/access/main.ts [--rounds 7] [--seconds 2] [--connections 16] [--milliseconds 200] [--raised]
 *     [--results FOLDER]
 *
 * Writes access.md. Ends with 1 when a goal is missed.
 */
import { parseArgs } from 'node:util';
import { table } from '../judge/report.ts';
import { loadAverage } from '../machine-shape.ts';
import { raisePriority } from '../raise-priority.ts';
import { type GoalLine, goalWords, RESULTS, writeResultFile } from '../result-file.ts';
import { startAccessServers } from './access-servers.ts';
import { measureRequests, type WayRow } from './measure-requests.ts';
import { type DecisionRow, measureDecisions } from './pure-decisions.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '2' },
    connections: { type: 'string', default: '16' },
    milliseconds: { type: 'string', default: '200' },
    raised: { type: 'boolean', default: false },
    results: { type: 'string', default: RESULTS },
  },
});

/** A request costs more than this many times what deciding costs, so that nobody will ever see it. */
const LEAST_DECISIONS = 1_000_000;
/** How much of a server's time counting may add, as a part of what a request costs without. */
const MOST_FOR_LIMITS = 0.1;

async function main(): Promise<void> {
  const loadBefore = loadAverage();
  const isRaised = values.raised && raisePriority();
  const rounds = Number(values.rounds);
  const decisions = measureDecisions(rounds, Number(values.milliseconds));
  const servers = await startAccessServers();
  let ways: readonly WayRow[];
  try {
    const { connections, seconds } = values;
    const load = { rounds, connections: Number(connections), roundSeconds: Number(seconds) };
    ways = await measureRequests(servers, load);
  } finally {
    await servers.close();
  }
  const goals = goalsOf(decisions, ways);
  const path = publish({ decisions, ways, goals, loadBefore, isRaised });
  process.stdout.write(`${goals.map(goalWords).join('\n')}\nwritten: ${path}\n`);
  if (!goals.every(({ met }) => met)) process.exitCode = 1;
}

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const percent = (value: number): string => `${(value * 100).toFixed(0)} %`;

function goalsOf(decisions: readonly DecisionRow[], ways: readonly WayRow[]): readonly GoalLine[] {
  const slowest = Math.min(...decisions.map(({ perProcessorSecond }) => perProcessorSecond));
  const failures = ways.reduce((sum, way) => sum + way.failures, 0);
  const cost = addedByLimits(ways);
  return [
    {
      goal: `at least ${whole(LEAST_DECISIONS)} decisions per processor second, whatever the roles`,
      ...{ measured: whole(slowest), met: slowest >= LEAST_DECISIONS },
    },
    {
      goal: `limits add at most ${percent(MOST_FOR_LIMITS)} to what requests cost the server, over all ways of those who are answered`,
      ...{ measured: percent(cost), met: cost <= MOST_FOR_LIMITS },
    },
    {
      goal: 'every request is answered as it should be, and none meets a default limit but guesses',
      ...{ measured: `${whole(failures)} were not`, met: failures === 0 },
    },
  ];
}

function addedByLimits(ways: readonly WayRow[]): number {
  const answered = ways.filter(({ name }) => !name.includes('nobody'));
  const costWith = (isLimited: boolean): number =>
    answered.reduce((sum, way) => sum + (way.isLimited === isLimited ? way.serverMs : 0), 0);
  return costWith(true) / costWith(false) - 1;
}

function publish(found: {
  readonly decisions: readonly DecisionRow[];
  readonly ways: readonly WayRow[];
  readonly goals: readonly GoalLine[];
  readonly loadBefore: string;
  readonly isRaised: boolean;
}): string {
  const { rounds, seconds, connections, milliseconds } = values;
  return writeResultFile(values.results, 'access.md', {
    title: 'Access control: decisions, and requests of those who are known',
    method: [
      `Decisions: \`decideAccess\` of \`packages/core\`, called again and again; medians of ${rounds} rounds of ${milliseconds} ms of which each decides every question. Processor time counts all threads of the process.`,
      `Requests: \`GET /api/v1/tracks?limit=1\` of an empty store, so that little is left but finding out who asks, what they may, and one query. Two servers as they ship over one embedded PostgreSQL, one with its default limits, one with none. Another process asks over ${connections} keep-alive connections, each with one request at a time: all ways in turn, ${seconds} s each, ${rounds} rounds after one that warms up, so that what else the machine does falls on all alike; servers, database and load share it. "server ms" is processor time of the server for each answer, over all rounds; ratios are medians of the quotients within each round. Each token and session is read from the database at each request, so that one that is revoked is out at once.`,
      'The token that is nobody’s is looked up and refused (401) by the server without limits; with them two a second are, and all others are refused (429) without a look.',
      ...(found.isRaised
        ? ['Other work was running on the machine; the processes measured here ran with raised priority.']
        : []),
    ],
    again: `node packages/benchmarks/src/access/main.ts --rounds ${rounds} --seconds ${seconds} --connections ${connections} --milliseconds ${milliseconds}${values.raised ? ' --raised' : ''}`,
    loadBefore: found.loadBefore,
    goals: found.goals,
    sections: [
      { title: 'Decisions', text: table(DECISION_HEADS, found.decisions.map(decisionRow)) },
      { title: 'Requests', text: table(WAY_HEADS, found.ways.map(wayRow)) },
    ],
  });
}

const DECISION_HEADS = ['question', 'per processor second', 'ns each'];
const decisionRow = ({ name, perProcessorSecond, nanosecondsEach }: DecisionRow): readonly string[] => [
  ...[name, whole(perProcessorSecond), nanosecondsEach.toFixed(0)],
];

const WAY_HEADS = [
  ...['asked as', 'limits', 'requests/s', 'p50 ms', 'p99 ms'],
  ...['to anonymous', 'server ms', 'failures'],
];
const wayRow = (way: WayRow): readonly string[] => [
  ...[way.name, way.isLimited ? 'on' : 'off', whole(way.perSecond)],
  ...[way.p50Ms.toFixed(1), way.p99Ms.toFixed(1), percent(way.toAnonymous)],
  way.serverMs.toFixed(2),
  way.failures === 0 ? '0' : `${way.failures} (${way.firstFailure})`,
];

await main();
