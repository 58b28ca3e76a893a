/**
 * Purpose: how all revisions of agents stand, for whoever reads the figures of this server.
 *
 * Owns what it has seen of starts. Everything else is read when somebody asks.
 */
import { type RevisionId, revisionId, type TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { HostClient } from '../host-client/host-client.ts';
import type { MeasuredLoad } from '../store/pools/measure-load.ts';
import type { OutcomeSecond } from '../store/tasks/task-outcomes.ts';
import type { ConnectedWorker } from '../tasks/dispatcher.ts';
import type { LineFigures } from '../telemetry/agent-gauges.ts';
import { lineKey, type PoolRow } from './pool-plan.ts';
import { SpawnWatch } from './spawn-watch.ts';

/** What figures are made of. */
export interface AgentFiguresPorts {
  readonly tracks: () => Promise<readonly TrackState[]>;
  readonly load: (queues: readonly TrackId[]) => Promise<readonly MeasuredLoad[]>;
  readonly scheduled: (
    queues: readonly TrackId[],
  ) => Promise<readonly { readonly queue: TrackId; readonly revision: string; readonly scheduled: number }[]>;
  readonly outcomes: (
    queue: TrackId,
    span: { readonly since: Instant; readonly until: Instant },
  ) => Promise<readonly Pick<OutcomeSecond, 'revision' | 'attempts' | 'failures'>[]>;
  readonly connected: () => readonly ConnectedWorker[];
  readonly plans: () => readonly PoolRow[];
  readonly host: Pick<HostClient, 'track'> | null;
  readonly now: () => Instant;
}

const RATE_MS = 300_000;

interface Line {
  readonly queue: TrackId;
  readonly revision: RevisionId;
}

/** How revisions stand. */
export interface AgentFigures {
  /** In the order of their tracks. */
  read(): Promise<readonly LineFigures[]>;
  /** Looks at the processes of this machine; starts are counted by what is seen, so that it should be called every few seconds. */
  look(): Promise<void>;
}

/** Has seen nothing yet. */
export function agentFigures(ports: AgentFiguresPorts): AgentFigures {
  const watches = new Map<string, SpawnWatch>();
  const look = async (): Promise<void> => {
    const queues = (await ports.tracks()).map(({ id }) => id);
    await lookAtStarts(ports, queues, watches);
  };
  const read = async (): Promise<readonly LineFigures[]> => {
    const lines = (await ports.tracks()).flatMap(linesOf);
    const queues = [...new Set(lines.map(({ queue }) => queue))];
    if (queues.length === 0) return [];
    const [loads, scheduled, rates] = await Promise.all([
      ports.load(queues),
      ports.scheduled(queues),
      completionRates(ports, queues),
    ]);
    const key = ({ queue, revision }: { queue: TrackId; revision: string }): string => `${queue} ${revision}`;
    const byLine = {
      loads: new Map(loads.map((one) => [key(one), one])),
      scheduled: new Map(scheduled.map((one) => [key(one), one.scheduled])),
      workers: Map.groupBy(ports.connected(), lineKey),
      plans: new Map(ports.plans().map((row) => [lineKey(row), row.plan])),
    };
    return lines.map((line): LineFigures => {
      const name = lineKey(line);
      const { waiting = 0, running = 0, oldestAt = null } = byLine.loads.get(name) ?? {};
      const workers = byLine.workers.get(name) ?? [];
      const busy = workers.filter((worker) => worker.running > 0).length;
      const health = Map.groupBy(workers, (worker) => worker.health ?? 'well');
      return {
        ...{ track: line.queue, revision: line.revision, waiting, running },
        scheduled: byLine.scheduled.get(name) ?? 0,
        oldestMs: oldestAt === null ? 0 : Math.max(0, ports.now() - oldestAt),
        workers: {
          ...{ busy, idle: workers.length - busy },
          ejected: health.get('ejected')?.length ?? 0,
          probed: health.get('probed')?.length ?? 0,
        },
        wantedWorkers: byLine.plans.get(name)?.workers ?? null,
        completionRate: rates.get(name) ?? null,
        spawnSuccessRate: watches.get(name)?.successRate ?? null,
      };
    });
  };
  return { read, look };
}

const linesOf = ({ id, capacity }: TrackState): readonly Line[] =>
  Object.entries(capacity)
    .filter(([, { instances, retiring }]) => instances > 0 && !retiring)
    .map(([revision]) => ({ queue: id, revision: revisionId(revision) }));

async function completionRates(
  { outcomes, now }: AgentFiguresPorts,
  queues: readonly TrackId[],
): Promise<ReadonlyMap<string, number>> {
  const span = { since: now() - RATE_MS, until: now() };
  const sums = new Map<string, { attempts: number; failures: number }>();
  for (const queue of queues)
    for (const { revision, attempts, failures } of await outcomes(queue, span)) {
      const before = sums.get(`${queue} ${revision}`) ?? { attempts: 0, failures: 0 };
      const sum = { attempts: before.attempts + attempts, failures: before.failures + failures };
      sums.set(`${queue} ${revision}`, sum);
    }
  const ended = [...sums].filter(([, { attempts }]) => attempts > 0);
  return new Map(ended.map(([key, { attempts, failures }]) => [key, 1 - failures / attempts]));
}

/** A host that does not answer has nothing to say of starts now. */
async function lookAtStarts(
  { host }: AgentFiguresPorts,
  queues: readonly TrackId[],
  watches: Map<string, SpawnWatch>,
): Promise<void> {
  if (host === null) return;
  const seen = new Set<string>();
  for (const queue of queues) {
    const status = await host.track(queue).catch(() => undefined);
    if (status === undefined) return;
    for (const [revision, { instances }] of Object.entries(status?.revisions ?? {})) {
      const key = `${queue} ${revision}`;
      const watch = watches.get(key) ?? new SpawnWatch();
      watch.look(instances);
      watches.set(key, watch);
      seen.add(key);
    }
  }
  for (const key of watches.keys()) if (!seen.has(key)) watches.delete(key);
}
