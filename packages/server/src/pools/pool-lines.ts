import { type RevisionId, revisionId, type TrackId } from '@sluice/core/kernel/ids.ts';
import { WHOLE_BASIS_POINTS } from '@sluice/core/kernel/share.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { PoolOrder } from '@sluice/core/tasks/pool.ts';
import type { PoolSpec } from '@sluice/core/tasks/pool-spec.ts';
import { shareOf } from '@sluice/core/traffic/split.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';

/** A revision of agents whose workers a pool counts. */
export interface PoolLine {
  readonly queue: TrackId;
  readonly revision: RevisionId;
  readonly on: 'machine' | 'cluster';
  readonly spec: PoolSpec;
  readonly order: PoolOrder;
  /** Its part of the tasks that come in, from 0 to 1. */
  readonly share: number;
  /** How far ahead something has to be foreseen, in ms: so long a worker may take to start, and a while. */
  readonly aheadMs: number;
}

const AHEAD_MS = 60_000;

/** The pools of a track: of each revision that is ordered, and that says how many workers it is to have. */
export async function poolLines(
  state: TrackState,
  recordOf: (queue: TrackId, revision: RevisionId) => Promise<RevisionRecord | null>,
): Promise<readonly PoolLine[]> {
  const ordered = Object.entries(state.capacity).filter(
    ([, { instances, retiring }]) => instances > 0 && !retiring,
  );
  const lines = ordered.map(async ([id, { instances }]): Promise<readonly PoolLine[]> => {
    const revision = revisionId(id);
    const component = (await recordOf(state.id, revision))?.component;
    const spec = component?.agents?.pool;
    if (component === undefined || spec === undefined) return [];
    return [
      {
        ...{ queue: state.id, revision, spec, on: component.workload.on },
        order: { ordered: instances, instances: component.instances, isJudged: state.active !== null },
        share: shareOf(state.split, revision) / WHOLE_BASIS_POINTS,
        aheadMs: component.health.withinMs + AHEAD_MS,
      },
    ];
  });
  return (await Promise.all(lines)).flat();
}
