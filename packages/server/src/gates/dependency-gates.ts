import type { Gate } from '@sluice/core/gates/gate.ts';
import { type AfterRule, dependenciesOf } from '@sluice/core/gates/gate-rules.ts';
import { formatDuration } from '@sluice/core/kernel/duration.ts';
import { trackId, trackNames, type TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { JsonValue } from '@sluice/core/kernel/json.ts';
import type { Rollout, TrackState } from '@sluice/core/rollout/state.ts';
import type { TrackStore } from '../loop/track-store.ts';
import type { Database } from '../store/database/open-database.ts';
import { stableSince } from '../store/gates/stable-since.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import type { OwnGates } from './observe-gates.ts';

/** What the gate looks at. */
export interface DependencyPorts {
  readonly db: Database;
  readonly store: Pick<TrackStore, 'load' | 'revision'>;
  readonly now: () => Instant;
}

/** The gate of a release whose very version has to be stable in another environment before. */
export const dependencyGates =
  (ports: DependencyPorts): OwnGates =>
  async (tenant, track) => {
    // The rollout whose turn comes next is looked at in the moment in which it does.
    const rollout = track.active?.phase.name === 'planned' ? track.active : (track.queue[0] ?? null);
    if (!rollout?.plan.gates) return [];
    const rules = dependenciesOf(rollout.plan.gates);
    return Promise.all(rules.map((after) => dependencyGate(ports, { tenant, track, rollout, after })));
  };

interface Dependency {
  readonly tenant: string;
  readonly track: TrackState;
  readonly rollout: Rollout;
  readonly after: AfterRule;
}

async function dependencyGate(
  ports: DependencyPorts,
  { tenant, track, rollout, after }: Dependency,
): Promise<Gate> {
  const wanted = await ports.store.revision(tenant, track.id, rollout.candidate);
  const other = await sameElsewhere(ports, tenant, track, after.environment);
  const { version } = rollout;
  const gate = (isOpen: boolean, words: string, opensAt: Instant | null = null): Gate => ({
    kind: 'dependency',
    name: after.environment,
    isOpen,
    words,
    opensAt,
    holds: 'starts',
  });
  const where = `${version} to be stable in ${after.environment}`;
  if (other?.stable == null) return gate(false, `${where}, where nothing is`);
  const there = await ports.store.revision(tenant, other.id, other.stable);
  if (!wanted || !there) return gate(false, `${where}, of which nothing is known`);
  if (there.version !== version) return gate(false, `${where}, where ${there.version} is`);
  if (contentOf(there) !== contentOf(wanted))
    return gate(false, `${where}, where another content is called ${version}`);
  const since = await stableSince(ports.db, tenant, { trackId: other.id, revision: other.stable });
  const opensAt = (since ?? ports.now()) + after.soakMs;
  if (since === null || opensAt > ports.now())
    return gate(false, `${where} for ${formatDuration(after.soakMs)}`, since === null ? null : opensAt);
  return gate(true, `${version} is stable in ${after.environment}`);
}

/** The track of the same component there; where it runs in several places, the one in the same place. */
async function sameElsewhere(
  { store }: DependencyPorts,
  tenant: string,
  { id }: TrackState,
  environment: string,
): Promise<TrackState | null> {
  const { application, component } = trackNames(id);
  const [base = component] = component.split('.');
  const named = (name: string): TrackId => trackId(application, environment, name);
  const same = await store.load(tenant, named(component));
  return same ?? (base === component ? null : store.load(tenant, named(base)));
}

/** What is the same wherever it runs: the copy of the source, or the images. */
function contentOf({ directory, component: { workload } }: RevisionRecord): string {
  if (workload.on === 'machine') return directory ?? '';
  return [...new Set(imagesIn(workload.settings))].toSorted().join(' ');
}

function imagesIn(value: JsonValue): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(imagesIn);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'image' && typeof inner === 'string' ? [inner] : imagesIn(inner as JsonValue),
  );
}
