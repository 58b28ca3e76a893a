import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { saysLabel } from '@sluice/core/tasks/affinity.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { ConnectedWorker } from './dispatcher.ts';

/** What is known of tracks and of who works for them. */
export interface StoredAgentsPorts {
  /** The tracks that have revisions of agents, in the order of their ids. */
  readonly tracks: () => Promise<readonly AgentTrack[]>;
  readonly track: (id: TrackId) => Promise<AgentTrack | null>;
  readonly hasRevision: (id: TrackId, revision: RevisionId) => Promise<boolean>;
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

/** The agents that releases deliver. */
export function storedAgents({ tracks, track, hasRevision, connected }: StoredAgentsPorts) {
  const recordOf = (agent: AgentTrack) => {
    const own = connected().filter(({ queue }) => queue === agent.id);
    return {
      ...{ id: agent.id, name: agent.component.name, category: '' },
      status: statusOf(agent.state, own.length),
      capabilities: [
        ...new Set(own.flatMap(({ abilities }) => abilities.filter((ability) => !saysLabel(ability)))),
      ].toSorted(),
      configuration: { instances: agent.component.instances },
      ...{ createdAt: agent.createdAt, updatedAt: agent.updatedAt },
    };
  };
  return {
    list: async () => (await tracks()).map(recordOf),
    get: async (id: TrackId) => {
      const found = await track(id);
      return found && recordOf(found);
    },
    hasRevision,
  };
}

function statusOf({ active }: TrackState, workers: number): 'active' | 'inactive' | 'error' | 'updating' {
  if (active?.phase.name === 'stuck') return 'error';
  if (active !== null) return 'updating';
  return workers > 0 ? 'active' : 'inactive';
}
