import type { ArmTick } from '@sluice/core/analysis/tick.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type {
  ArmSecond,
  Instance,
  RevisionOrder,
  SplitOrder,
  TrackStatus,
} from '@sluice/protocol/host/host-schema.ts';
import { numberOf } from './sample-fleet.ts';
import { type SampleTraffic, secondOf } from './sample-traffic.ts';

/** What a simulated host knows of its tracks, ready to be sent; without processes and requests behind it. */
export interface SimulatedTracks {
  /** TrackStatus as JSON. */
  status(track: string): string;
  /** TrafficReply as JSON: whole seconds from `since`, at most `limit`. */
  traffic(track: string, since: number, limit: number): string;
  putRevision(track: string, revision: string, order: RevisionOrder): void;
  retire(track: string, revision: string): void;
  putSplit(track: string, order: SplitOrder): void;
}

/** Of each sampled request none is a trial of an A/B test. */
const NO_GOALS = { trials: 0, goals: 0, mirrorMismatches: 0 };
const SECOND_MS = 1000;

/**
 * All tracks are as the sample was committed, until they are given orders, which are carried out at once.
 * @param keptSince nothing was counted before, in milliseconds
 */
export function simulatedTracks(
  sample: TrackState,
  traffic: SampleTraffic,
  keptSince: number,
): SimulatedTracks {
  const template = JSON.stringify(statusOf(sample, keptSince));
  const changed = new Map<string, TrackStatus>();
  const known = (track: string): TrackStatus => {
    const status = changed.get(track) ?? (JSON.parse(template) as TrackStatus);
    changed.set(track, { ...status, track });
    return changed.get(track) ?? status;
  };
  const change = (track: string, to: (status: TrackStatus) => TrackStatus): void =>
    void changed.set(track, to(known(track)));
  const arms = {
    candidate: traffic.candidate.map((arm) => JSON.stringify(secondFrom(arm))),
    stable: traffic.stable.map((arm) => JSON.stringify(secondFrom(arm))),
  };
  const firstArms = armsIn(statusOf(sample, keptSince));
  return {
    status: (track) => {
      const status = changed.get(track);
      return status ? JSON.stringify(status) : template.replace(sample.id, track);
    },
    traffic: (track, since, limit) => {
      const serving = armsIn(changed.get(track)) ?? firstArms ?? [];
      return trafficJson({ number: numberOf(track), serving, arms, keptSince }, since, limit);
    },
    putRevision: (track, revision, order) =>
      change(track, (status) => ({
        ...status,
        revisions: {
          ...status.revisions,
          [revision]: running(order.instances, order.run.version, keptSince),
        },
      })),
    retire: (track, revision) =>
      change(track, (status) => {
        const { [revision]: _gone, ...revisions } = status.revisions;
        return { ...status, revisions };
      }),
    putSplit: (track, { generation, split }) =>
      change(track, (status) => ({ ...status, split: { generation, split } })),
  };
}

interface ServedSeconds {
  readonly number: number;
  readonly serving: readonly (readonly [revision: string, arm: 'candidate' | 'stable'])[];
  readonly arms: { readonly candidate: readonly string[]; readonly stable: readonly string[] };
  readonly keptSince: number;
}

function trafficJson(
  { number, serving, arms, keptSince }: ServedSeconds,
  since: number,
  limit: number,
): string {
  const now = Date.now();
  const first = Math.ceil(Math.max(since, keptSince) / SECOND_MS) * SECOND_MS;
  const last = Math.min(Math.floor(now / SECOND_MS) * SECOND_MS, first + limit * SECOND_MS);
  const seconds: string[] = [];
  for (let at = first; at < last; at += SECOND_MS) {
    const drawn = secondOf(number, at);
    const counted = serving.map(([revision, arm]) => `"${revision}":${arms[arm][drawn]}`).join(',');
    seconds.push(`{"at":${at},"arms":{${counted}}}`);
  }
  return `{"now":${now},"keptSince":${keptSince},"refused":0,"seconds":[${seconds.join(',')}]}`;
}

/** Who gets requests, and which of the drawn arms stands for it: the larger share has the stable one's. */
function armsIn(status: TrackStatus | undefined): ServedSeconds['serving'] | undefined {
  return status?.split?.split.weights
    .filter(({ basisPoints }) => basisPoints > 0)
    .map(({ revision, basisPoints }) => [revision, basisPoints > 5000 ? 'stable' : 'candidate'] as const);
}

const secondFrom = ({ requests, errors, latency }: ArmTick): ArmSecond => ({
  requests,
  errors,
  latency: latency.map(([bucket, count]) => [bucket, count]),
  statuses: [0, requests - errors, 0, 0, errors, 0],
  ...NO_GOALS,
});

function statusOf(sample: TrackState, startedAt: number): TrackStatus {
  const { weights, sticky, salt } = sample.split;
  const revisions = Object.entries(sample.capacity).map(
    ([revision, { instances }]): [string, TrackStatus['revisions'][string]] => [
      revision,
      running(instances, sample.revisions[revision]?.version ?? revision, startedAt),
    ],
  );
  const split = { weights: [...weights], matches: [], mirror: null, sticky, salt };
  return { track: sample.id, revisions: Object.fromEntries(revisions), split: { generation: 1, split } };
}

function running(instances: number, version: string, startedAt: number): TrackStatus['revisions'][string] {
  const instance = (index: number): Instance => ({
    instance: index,
    pid: 10_000 + index,
    port: 20_000 + index,
    state: 'ready',
    startedAt: startedAt - 3_600_000,
    unexpectedExits: 0,
    lastExit: null,
  });
  return {
    generation: 1,
    version,
    ordered: instances,
    ready: instances,
    crashLooping: false,
    reason: null,
    instances: Array.from({ length: instances }, (_, index) => instance(index)),
  };
}
