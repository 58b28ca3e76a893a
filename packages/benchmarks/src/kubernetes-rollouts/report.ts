import { table } from '../judge/report.ts';
import type { GoalLine, ResultFile } from '../result-file.ts';
import { countedBetween, growth, quantileOf } from '../rig/scrape-metrics.ts';
import { callsBetween, totalOf } from './call-counts.ts';
import { PATIENCE_MS, type Reaction } from './measure-reactions.ts';
import type { Moment } from './moment.ts';

/** What the published text is made of. */
export interface KubernetesRun {
  readonly rollouts: number;
  readonly instances: number;
  readonly pods: number;
  readonly latencyMs: number;
  readonly lookEveryMs: number | undefined;
  readonly settleSeconds: number;
  /** Rollouts that were still judged in the end. */
  readonly judged: number;
  /** Most resident memory of the control plane: until all rollouts were judged, while nothing changed, and ever. */
  readonly comingUpBytes: number;
  readonly quietBytes: number;
  readonly peakBytes: number;
  /** Before and after the time in which nothing changed, and after the changes. */
  readonly moments: readonly Moment[];
  readonly atOnce: number;
  readonly isRaised: boolean;
  readonly reactions: readonly Reaction[];
  readonly loadBefore: string;
  readonly again: string;
}

const MEMORY_GOAL_MB = 1024;
const REACTION_GOAL_MS = 1000;
const MB = 2 ** 20;
const megabytes = (bytes: number): string => (bytes / MB).toFixed(0);

const RAISED =
  'Other work was running on the machine; the processes measured here ran with raised priority, and still had to wait for processors.';

/** The result file. */
export function kubernetesReport(run: KubernetesRun): ResultFile {
  return {
    title: `${run.rollouts.toLocaleString('en')} Kubernetes rollouts in one control plane`,
    method: [...methodOf(run), ...(run.isRaised ? [RAISED] : [])],
    again: run.again,
    loadBefore: run.loadBefore,
    goals: [memoryGoal(run), callGoal(run), reactionGoal(run), judgedGoal(run)],
    sections: [
      { title: 'While nothing changes', text: quietWords(run) },
      { title: 'Requests to the API server', text: callTable(run) },
      { title: 'Reaction to a change of readiness', text: reactionTable(run) },
    ],
  };
}

function methodOf({
  rollouts,
  instances,
  pods,
  latencyMs,
  lookEveryMs,
  settleSeconds,
  atOnce,
}: KubernetesRun) {
  const pace = lookEveryMs === undefined ? 'as it ships' : `--look-every ${lookEveryMs}`;
  return [
    `The control plane (\`packages/server/src/main.ts\`, ${pace}) in its own process over the embedded PostgreSQL, with --host-directory none. The cluster is the fake one of this project, with its controllers and played nodes, in a process of its own; each answer and each event of a watch takes ${latencyMs} ms. It counts what comes over HTTP, which is the control plane alone.`,
    `${rollouts.toLocaleString('en')} components in one namespace, released through the HTTP API, 64 to a file: first a version that becomes stable with ${instances} pods, then a canary of 25 % on the plain Service with one pod or more, ${pods.toLocaleString('en')} pods together. Each canary is in its judge step for hours. Nobody counts requests, so a look has no evidence to read.`,
    `Memory is VmHWM of the control plane from its start to the end, all releases included. Requests are counted while nothing changes, ${settleSeconds} s after the last canary was judged; the opening of a watch is one, events are none.`,
    `Reaction begins when the node of a candidate's only pod sends its new status to the API server, so that the answer and the event of the watch are part of it. It is shown when \`GET /tracks/…\` tells the number of ready pods, asked every 20 ms; it is decided when the look that takes it in (candidateUnhealthy, candidateHealthy) has made its observation, and is committed in the time of one commit after that. The goal is held against the decision. How long it takes until the event comes out of the API’s stream is told beside it. ${atOnce} candidates fall and stand up again at a time; what takes longer than ${PATIENCE_MS / 1000} s counts as that.`,
  ];
}

const memoryGoal = ({ peakBytes, comingUpBytes, quietBytes }: KubernetesRun): GoalLine => ({
  goal: `memory of the control plane at most ${MEMORY_GOAL_MB} MB`,
  measured: `${megabytes(peakBytes)} MB at its peak; ${megabytes(comingUpBytes)} MB until all canaries were judged, ${megabytes(quietBytes)} MB while nothing changed`,
  met: peakBytes / MB <= MEMORY_GOAL_MB,
});

/** Watches are opened again when a server ends them; they are what everybody shares. */
function callGoal(run: KubernetesRun): GoalLine {
  const { calls, minutes } = quietOf(run);
  const others = calls.filter(([what]) => !what.startsWith('watch '));
  const each = totalOf(calls) / run.rollouts / minutes;
  return {
    goal: 'rollouts that wait cost nothing but the shared watches',
    measured: `${each.toFixed(4)} requests per rollout and minute: ${totalOf(calls)} in ${minutes.toFixed(1)} minutes, ${totalOf(others)} of them no watch; ${run.moments[1]?.calls.openWatches ?? 0} watches are open`,
    met: totalOf(others) === 0,
  };
}

function reactionGoal({ reactions }: KubernetesRun): GoalLine {
  const p99 = quantile(
    reactions.map(({ decidedMs }) => decidedMs),
    0.99,
  );
  const shown = quantile(
    reactions.map(({ shownMs }) => shownMs),
    0.99,
  );
  return {
    goal: `p99 from a change of readiness to the decision below ${REACTION_GOAL_MS} ms`,
    measured: `${p99} ms of ${reactions.length} changes; shown by the API within ${shown} ms`,
    met: p99 < REACTION_GOAL_MS,
  };
}

const judgedGoal = ({ judged, rollouts }: KubernetesRun): GoalLine => ({
  goal: 'every rollout is still judged in the end',
  measured: `${judged} of ${rollouts}`,
  met: judged === rollouts,
});

function quietOf({ moments }: KubernetesRun) {
  const [before, after] = moments;
  if (!before || !after) return { calls: [], minutes: 0 };
  return { calls: callsBetween(before.calls, after.calls), minutes: (after.at - before.at) / 60_000 };
}

function quietWords({ moments, rollouts }: KubernetesRun): readonly string[] {
  const [before, after] = moments;
  if (!before || !after) return [];
  const seconds = (after.at - before.at) / 1000;
  const grown = (series: string): number => growth(before.scrape, after.scrape, series);
  const committed = grown('sluice_commits_total{result="committed"}');
  const looks = committed + grown('sluice_commits_total{result="unchanged"}');
  const used = (who: keyof Moment['processorMs']): string =>
    ((after.processorMs[who] - before.processorMs[who]) / seconds / 10).toFixed(0);
  const lag = countedBetween(before.scrape, after.scrape, 'sluice_loop_lag_seconds');
  const p99 = lag.count === 0 ? 'no commits' : `${Math.round(1000 * quantileOf(lag, 0.99))} ms`;
  const pace = looks === 0 ? 'never' : `every ${((rollouts * seconds) / looks).toFixed(1)} s`;
  return [
    `${looks} looks in ${seconds.toFixed(0)} s, each rollout ${pace}; ${committed} of them committed something. Lag from due to committed, p99: ${p99}.`,
    `Processors in use: control plane ${used('server')} %, fake cluster ${used('cluster')} % of one. Resident memory in the end: control plane ${megabytes(after.serverBytes)} MB, PostgreSQL ${megabytes(after.postgresBytes)} MB (PSS).`,
  ];
}

function callTable({ moments, rollouts, reactions }: KubernetesRun): readonly string[] {
  const [before, after, end] = moments;
  if (!before || !after || !end) return [];
  const quiet = new Map(callsBetween(before.calls, after.calls));
  const changing = new Map(callsBetween(after.calls, end.calls));
  const rows = Object.entries(end.calls.calls)
    .toSorted(([, a], [, b]) => b - a)
    .map(([what]) => [
      what,
      ((before.calls.calls[what] ?? 0) / rollouts).toFixed(2),
      quiet.get(what) ?? 0,
      changing.get(what) ?? 0,
    ]);
  return table(
    ['request', 'per rollout until judged', 'while nothing changed', `with ${reactions.length} changes`],
    rows,
  );
}

function reactionTable({ reactions }: KubernetesRun): readonly string[] {
  const row = (name: string, times: readonly number[]): readonly (string | number)[] => [
    name,
    times.length,
    ...[0.5, 0.95, 0.99, 1].map((q) => quantile(times, q)),
  ];
  return table(
    ['change', 'count', 'p50 ms', 'p95 ms', 'p99 ms', 'most ms'],
    [false, true].flatMap((ready) => {
      const name = ready ? 'stands up' : 'falls';
      const all = reactions.filter((one) => one.ready === ready);
      return [
        row(
          `${name}, shown`,
          all.map(({ shownMs }) => shownMs),
        ),
        row(
          `${name}, decided`,
          all.map(({ decidedMs }) => decidedMs),
        ),
        row(
          `${name}, told`,
          all.map(({ toldMs }) => toldMs),
        ),
      ];
    }),
  );
}

/** Nearest rank. */
function quantile(times: readonly number[], q: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0);
}
