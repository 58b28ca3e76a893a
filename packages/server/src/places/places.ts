import type { AgentsSpec, ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { MeasurementContext } from '../measurements/measurement-ports.ts';
import type { MetricsProvider } from '../metrics/metrics-provider.ts';
import type { TrafficRouter } from '../routing/traffic-router.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import type { Target } from '../targets/target.ts';
import type { TokenSeats } from '../targets/token-seats.ts';

/** Where a component runs, who sends requests to it, and who counts them. */
export interface Place {
  readonly target: Target;
  readonly router: TrafficRouter;
  readonly metrics: MetricsProvider;
  /** What questions about a candidate may use here beside its name. */
  readonly asking: Omit<MeasurementContext, 'candidate' | 'stable'>;
  /** Where its workers find their tokens; left out where nobody needs one. */
  readonly tokens?: TokenSeats | undefined;
}

/** What says where something is: the workload of its component, and whose it is. */
export type Placed = Pick<RevisionRecord, 'track' | 'component'>;

/** Finds the place of a revision by the workload of its component. */
export interface Places {
  /** A place that cannot be reached, or is not known, says so whenever it is asked for anything. */
  of(revision: Placed): Place;
}

/** What questions may use on a machine: what they bring with them. */
export const ASKING_ON_MACHINE: Place['asking'] = { evidence: null, readKept: null, runTask: null };

/** What of a component of agents says how its tasks are dealt. */
export interface AgentsWorkload extends Pick<ComponentSpec, 'drainMs'> {
  readonly agents: AgentsSpec;
}

/** What places are made of. */
export interface PlacesParts {
  readonly machine: Place;
  readonly cluster: (revision: Placed) => Place;
  /** Who deals tasks to workers and counts what comes of them, instead of who routes and counts requests. */
  readonly agents: (
    workload: AgentsWorkload,
    place: Pick<Place, 'target' | 'tokens'>,
  ) => Pick<Place, 'router' | 'metrics' | 'target' | 'tokens'>;
}

/** The places of this machine and of clusters. */
export const placesOf = ({ machine, cluster, agents }: PlacesParts): Places => ({
  of: (revision) => {
    const { component } = revision;
    const place = component.workload.on === 'machine' ? machine : cluster(revision);
    if (component.agents === undefined) return place;
    return { ...place, ...agents({ ...component, agents: component.agents }, place) };
  },
});
