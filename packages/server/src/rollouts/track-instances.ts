import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { type RevisionId, type TrackId, trackIdFrom } from '@sluice/core/kernel/ids.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type {
  RevisionInstancesView,
  TrackInstancesView,
  WhereaboutsView,
} from '@sluice/protocol/http/instances.ts';
import { within } from '../places/within.ts';
import { placeKey } from '../places/place-key.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import type { TargetInstance } from '../targets/target.ts';
import type { Page, PageRequest } from './control-plane.ts';
import type { ControlPlanePorts } from './control-plane-ports.ts';
import { revisionRoles } from './track-view.ts';

/** People look at a page of many places; one that answers later than this is said not to answer, in ms. */
const ANSWER_WITHIN_MS = 5000;

type InstancePorts = Pick<ControlPlanePorts, 'records' | 'store' | 'places' | 'tenant'>;

/** What runs of a page of tracks, or of one. */
export async function trackInstances(
  ports: InstancePorts,
  { track }: { readonly track?: string },
  page: PageRequest,
): Promise<Page<TrackInstancesView>> {
  if (track === undefined) {
    const found = await ports.records.tracks({}, page);
    return { items: await Promise.all(found.items.map((one) => instancesOf(ports, one))), next: found.next };
  }
  const known = await ports.store.load(ports.tenant, trackIdFrom(track));
  return { items: known ? [await instancesOf(ports, known)] : [], next: null };
}

interface Seen {
  readonly instances: readonly TargetInstance[];
  readonly unreachable: string | null;
}

async function instancesOf(ports: InstancePorts, track: TrackState): Promise<TrackInstancesView> {
  const asked = new Map<string, Promise<Seen>>();
  const revisions = revisionRoles(track).map(async (status) => {
    const record = await ports.store.revision(ports.tenant, track.id, status.revision);
    if (record === null) return [];
    const key = placeKey(record.component);
    const seen = asked.get(key) ?? look(ports, record, track.id);
    asked.set(key, seen);
    return [viewOf(status, record, await seen)];
  });
  return {
    track: track.id,
    splitConfirmed: track.splitConfirmed,
    revisions: (await Promise.all(revisions)).flat(),
  };
}

async function look({ places }: InstancePorts, record: RevisionRecord, track: TrackId): Promise<Seen> {
  try {
    const late = () =>
      new SluiceError('timed-out', `no answer within ${ANSWER_WITHIN_MS / 1000} s`, { next: 'retry' });
    const instances = await within(ANSWER_WITHIN_MS, late, () => places.of(record).target.instances(track));
    return { instances, unreachable: null };
  } catch (thrown) {
    return { instances: [], unreachable: SluiceError.from(thrown, 'looking at instances').message };
  }
}

function viewOf(
  status: Pick<RevisionInstancesView, 'version' | 'role' | 'ordered' | 'shareBasisPoints'> & {
    readonly revision: RevisionId;
  },
  { component }: RevisionRecord,
  { instances, unreachable }: Seen,
): RevisionInstancesView {
  return {
    ...status,
    where: whereOf(component),
    resources: component.resources,
    instances: instances
      .filter(({ revision }) => revision === status.revision)
      .map(({ revision: _own, ...instance }) => instance),
    unreachable,
  };
}

function whereOf({ workload }: RevisionRecord['component']): WhereaboutsView {
  if (workload.on === 'machine') return { on: 'machine' };
  const { namespace } = workload.settings;
  return {
    on: 'cluster',
    cluster: workload.cluster,
    namespace: typeof namespace === 'string' ? namespace : 'default',
  };
}
