import { table } from '../judge/report.ts';
import type { GoalLine, ResultFile } from '../result-file.ts';
import { CANDIDATE_SHARE_BASIS_POINTS, REQUESTS_PER_SECOND } from '../rig/sample-traffic.ts';
import { partUpTo, quantileOf } from '../rig/scrape-metrics.ts';
import { LATE_MS, type ServerFigures } from './measure-server.ts';
import type { PaceRun } from './run-pace.ts';

/** What the published text is made of. */
export interface LiveRolloutRuns {
  /** At several paces, for a minute each. */
  readonly paces: readonly PaceRun[];
  /** At one pace for long. */
  readonly long: PaceRun;
  readonly isRaised: boolean;
  readonly loadBefore: string;
  readonly again: string;
}

/** The goals of the issue. */
const MEMORY_GOAL_MB = 512;
const LAG_GOAL_SECONDS = 1;
/** Memory that grows by less than this is flat: within ten minutes it stays within the noise of a heap. */
const FLAT_MB_PER_MINUTE = 1;

/** Fewer points than this have no slope worth telling. */
const PARTS_FOR_SLOPE = 3;
/** As many may be overdue as a p99 leaves out. */
const OVERDUE_PART = 0.01;
/** Decisions wake a little later than asked: looks begin when the commit before has ended. */
const PACE_TOLERANCE = 1.2;

const MB = 2 ** 20;
const megabytes = (bytes: number): string => (bytes / MB).toFixed(0);
const milliseconds = (seconds: number): string => `${Math.round(seconds * 1000)}`;

/** The result file. */
export function liveRolloutReport(runs: LiveRolloutRuns): ResultFile {
  const { paces, long, isRaised, loadBefore, again } = runs;
  return {
    title: `${long.rollouts.toLocaleString('en')} live rollouts in one server`,
    method: [...methodOf(long), ...(isRaised ? [RAISED] : [])],
    again,
    loadBefore,
    goals: goalsOf(long),
    sections: [
      { title: `${lengthOf(long)} at one pace`, text: [...paceWords(long), '', ...minuteTable(long)] },
      ...(paces.length > 0 ? [{ title: 'Other paces', text: [...PACE_WORDS, '', ...paceTable(paces)] }] : []),
    ],
  };
}

const RAISED =
  'Other work was running on the machine; the processes measured here ran with raised priority, and still had to wait for processors.';

function methodOf({ rollouts, paceMs, settleSeconds }: PaceRun): readonly string[] {
  return [
    `The server as it ships (\`packages/server/src/main.ts\`, --look-every ${paceMs}) in its own process, over the embedded PostgreSQL as it ships, with ${rollouts.toLocaleString('en')} tracks. Each has a canary in its first judging step at ${CANDIDATE_SHARE_BASIS_POINTS / 100} %, with two hard limits beside the judge, and evidence of 1 to 12 minutes when the run begins: latency histograms, judge state, and the finished rollout before. Everything the server does is real: claims, decisions, commits with fsync, recorded traffic, retention, the HTTP API.`,
    `The host is simulated in a process of its own: it answers the control API on a unix socket for all tracks, from prepared text, as ${rollouts.toLocaleString('en')} × 2 real processes do not fit on a machine. Each component has ${REQUESTS_PER_SECOND} requests per second (Poisson, log-normal latencies, 0.1 % errors on both sides), so every second of every track is a tick of evidence that the server reads and judges.`,
    `Lag is from the moment at which a track was due to the end of the commit, by the server's own \`sluice_loop_lag_seconds\`; quantiles are interpolated inside its buckets (…, 0.1, 0.25, 0.5, 1, 2.5 s), "within 1 s" is exact. A server that cannot keep the pace it is asked for looks less often instead of later (\`loop/stretched-pace.ts\`); "each looked at every" says what the pace was in truth. Measured after ${settleSeconds} s of settling. Memory of the server is VmRSS of its process, and its peak VmHWM, begun anew with each part; PostgreSQL's is the PSS of all its processes. Processor time is per look.`,
  ];
}

function goalsOf(long: PaceRun): readonly GoalLine[] {
  const most = Math.max(...long.figures.map(({ serverPeakBytes }) => serverPeakBytes)) / MB;
  return [
    {
      goal: `resident memory of the server at most ${MEMORY_GOAL_MB} MB`,
      measured: `${most.toFixed(0)} MB at its peak`,
      met: most <= MEMORY_GOAL_MB,
    },
    flatGoal(long),
    lagGoal(long),
    paceGoal(long),
    evidenceGoal(long),
  ];
}

function flatGoal(long: PaceRun): GoalLine {
  const slope = slopeOf(long);
  const isTellable = long.parts >= PARTS_FOR_SLOPE;
  return {
    goal: `flat over ${lengthOf(long)}`,
    measured: isTellable
      ? `${slope.toFixed(2)} MB per minute (least squares)`
      : `too few parts to tell: ${long.parts}`,
    met: isTellable && slope < FLAT_MB_PER_MINUTE,
  };
}

/** What is overdue and not looked at has no lag yet: were it many, the quantile would be of the lucky ones. */
function lagGoal({ whole, figures, rollouts }: PaceRun): GoalLine {
  const p99 = quantileOf(whole.lag, 0.99);
  const overdue = Math.max(...figures.map((part) => part.overdue));
  return {
    goal: 'p99 from due to committed below 1 s',
    measured: `${milliseconds(p99)} ms; ${percentWithin(whole)} within 1 s; at most ${overdue} of ${rollouts.toLocaleString('en')} overdue by more than ${LATE_MS / 1000} s at the end of a part`,
    met: p99 < LAG_GOAL_SECONDS && overdue <= OVERDUE_PART * rollouts,
  };
}

/** Without it a server that stretches its pace would meet the goal above by being due later. */
function paceGoal({ paceMs, rollouts, whole }: PaceRun): GoalLine {
  const asked = paceMs / 1000;
  const pace = truePace(rollouts, whole);
  return {
    goal: `and due as asked: each rollout looked at every ${asked} s`,
    measured: `every ${pace} s`,
    met: Number(pace) <= asked * PACE_TOLERANCE,
  };
}

function evidenceGoal({ evidence: { grown, requestsPerSecond, sampled } }: PaceRun): GoalLine {
  return {
    goal: 'each look judges evidence of its own',
    measured: `evidence of ${grown} of ${sampled} sampled rollouts grew, by ${requestsPerSecond.toFixed(2)} requests a second each (${REQUESTS_PER_SECOND} are sent)`,
    met: sampled > 0 && grown === sampled,
  };
}

function lengthOf({ parts, partSeconds }: PaceRun): string {
  const minutes = (parts * partSeconds) / 60;
  return minutes >= 1 ? `${Number(minutes.toFixed(1))} minutes` : `${parts * partSeconds} seconds`;
}

/** Growth of the server's resident memory in MB per minute, by least squares; 0 of a single part. */
export function slopeOf({ figures, partSeconds }: Pick<PaceRun, 'figures' | 'partSeconds'>): number {
  const points = figures.map(
    ({ serverBytes }, index) => [(index * partSeconds) / 60, serverBytes / MB] as const,
  );
  const mean = (part: 0 | 1): number => points.reduce((sum, point) => sum + point[part], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
}

const percentWithin = ({ lag }: ServerFigures): string =>
  `${(100 * partUpTo(lag, LAG_GOAL_SECONDS)).toFixed(2)} %`;

/** How often each rollout was looked at in truth, in seconds. */
const truePace = (rollouts: number, { looks, seconds }: ServerFigures): string =>
  ((rollouts * seconds) / looks).toFixed(1);

function paceWords(run: PaceRun): readonly string[] {
  const { whole, rollouts, liveInTheEnd } = run;
  const { server, postgres, host } = whole.processorMsPerLook;
  return [
    `${whole.looks.toLocaleString('en')} looks, ${Math.round(whole.looks / whole.seconds)} per second; each rollout was looked at every ${truePace(rollouts, whole)} s. ${whole.conflicts} conflicts, ${whole.unanswered} unanswered questions. ${liveInTheEnd.toLocaleString('en')} rollouts were live in the end, ${whole.finished} had finished meanwhile (a judge that may be wrong in 1 % of good releases is wrong in some of so many).`,
    '',
    `Processor time per look: server ${server.toFixed(2)} ms, PostgreSQL ${postgres.toFixed(2)} ms, simulated host ${host.toFixed(2)} ms; one decision took ${whole.decisionMs.toFixed(2)} ms of wall time.`,
  ];
}

function minuteTable(run: PaceRun): readonly string[] {
  const rows = run.figures.map((figures, index) => [
    Number((((index + 1) * run.partSeconds) / 60).toFixed(2)),
    megabytes(figures.serverBytes),
    megabytes(figures.serverPeakBytes),
    megabytes(figures.postgresBytes),
    Math.round(figures.looks / figures.seconds),
    truePace(run.rollouts, figures),
    figures.processorMsPerLook.server.toFixed(2),
    ...lagCells(figures),
  ]);
  const heads = [
    'minute',
    'server RSS MB',
    'peak MB',
    'PostgreSQL PSS MB',
    'looks/s',
    'each looked at every s',
    'server ms/look',
  ];
  return table([...heads, ...LAG_HEADS], rows);
}

const LAG_HEADS = ['p50 ms', 'p95 ms', 'p99 ms', 'within 1 s'];

const lagCells = (figures: ServerFigures): readonly string[] => [
  ...[0.5, 0.95, 0.99].map((q) => milliseconds(quantileOf(figures.lag, q))),
  percentWithin(figures),
];

const PACE_WORDS = [
  'One minute each, on a server that was started anew. The shortest pace at which p99 stays below a second is the shortest in "each looked at every": below it the server stretches.',
];

function paceTable(paces: readonly PaceRun[]): readonly string[] {
  const rows = paces.map(({ paceMs, rollouts, whole }) => [
    paceMs / 1000,
    truePace(rollouts, whole),
    Math.round(whole.looks / whole.seconds),
    ...lagCells(whole),
    whole.processorMsPerLook.server.toFixed(2),
    whole.processorMsPerLook.postgres.toFixed(2),
    megabytes(whole.serverBytes),
  ]);
  const costs = ['server ms/look', 'PostgreSQL ms/look', 'server RSS MB'];
  return table(['asked for every s', 'each looked at every s', 'looks/s', ...LAG_HEADS, ...costs], rows);
}
