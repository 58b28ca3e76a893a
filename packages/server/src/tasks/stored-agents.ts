import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { saysLabel } from '@sluice/core/tasks/affinity.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { ConnectedWorker } from './dispatcher.ts';
import { REGISTERED_REVISION, type RegisteredAgent, type RegisteredAgents } from './registered-agents.ts';

/** What is known of tracks and of who works for them. */
export interface StoredAgentsPorts {
  /** The tracks that have revisions of agents, in the order of their ids. */
  readonly tracks: () => Promise<readonly AgentTrack[]>;
  readonly track: (id: TrackId) => Promise<AgentTrack | null>;
  /** What a revision is; null when the track has none such. */
  readonly revision: (id: TrackId, revision: RevisionId) => Promise<Pick<AgentTrack, 'component'> | null>;
  /** Those that releases do not deliver. */
  readonly registered: Pick<RegisteredAgents, 'list' | 'get'>;
  /** On this server. */
  readonly connected: () => readonly ConnectedWorker[];
}

/** A track of agents with its newest revision. */
export interface AgentTrack {
  readonly id: TrackId;
  readonly state: TrackState;
  readonly component: ComponentSpec;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/** The agents that there are: those that releases deliver, and those that were registered. */
export function storedAgents({ tracks, track, revision, registered, connected }: StoredAgentsPorts) {
  const recordOf = (agent: AgentTrack) => {
    const own = connected().filter(({ queue }) => queue === agent.id);
    return {
      ...{ id: agent.id, name: agent.component.name, category: agent.component.agents?.category ?? '' },
      status: statusOf(agent.state, own.length),
      capabilities: abilitiesOf(agent.component.agents?.capabilities, own),
      configuration: { instances: agent.component.instances },
      ...{ createdAt: agent.createdAt, updatedAt: agent.updatedAt },
    };
  };
  const registeredRecordOf = (agent: RegisteredAgent) => {
    const own = connected().filter(({ queue }) => queue === agent.id);
    const status = own.length > 0 ? ('active' as const) : ('inactive' as const);
    return { ...agent, status, capabilities: abilitiesOf(agent.capabilities, own) };
  };
  return {
    list: async () => {
      const delivered = (await tracks()).map(recordOf);
      const others = (await registered.list()).filter(({ id }) => !delivered.some((one) => one.id === id));
      return [...delivered, ...others.map(registeredRecordOf)].toSorted((a, b) => (a.id < b.id ? -1 : 1));
    },
    /** Those alone that releases do not deliver. */
    registered: async () => (await registered.list()).map(registeredRecordOf),
    get: async (id: TrackId) => {
      const found = await track(id);
      if (found) return recordOf(found);
      const other = await registered.get(id);
      return other && registeredRecordOf(other);
    },
    /** What workers of a revision may say that they can do: anything where nothing is declared. */
    revision: async (id: TrackId, which: RevisionId) => {
      const delivered = await revision(id, which);
      if (delivered) return { declared: delivered.component.agents?.capabilities ?? null };
      const other = which === REGISTERED_REVISION ? await registered.get(id) : null;
      return other && { declared: other.capabilities.length > 0 ? other.capabilities : null };
    },
  };
}

const abilitiesOf = (
  declared: readonly string[] | undefined,
  own: readonly ConnectedWorker[],
): readonly string[] =>
  [
    ...new Set([
      ...(declared ?? []),
      ...own.flatMap(({ abilities }) => abilities.filter((ability) => !saysLabel(ability))),
    ]),
  ].toSorted();

function statusOf({ active }: TrackState, workers: number): 'active' | 'inactive' | 'error' | 'updating' {
  if (active?.phase.name === 'stuck') return 'error';
  if (active !== null) return 'updating';
  return workers > 0 ? 'active' : 'inactive';
}
