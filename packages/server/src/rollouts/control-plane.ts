import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Policy } from '@sluice/core/policy/policy.ts';
import type { Result } from '@sluice/core/kernel/result.ts';
import type {
  CommandRequest,
  ReleaseReply,
  ReleaseRequest,
  RollbackRequest,
} from '@sluice/protocol/http/requests.ts';
import type { TrackInstancesView } from '@sluice/protocol/http/instances.ts';
import type { RevisionView } from '@sluice/protocol/http/revisions.ts';
import type { RolloutSeriesView } from '@sluice/protocol/http/series.ts';
import type { EventView, Problem, RolloutView, TrackView } from '@sluice/protocol/http/views.ts';
import type { SettleApplication } from './settle-application.ts';

/** Part of a longer list; `next` goes on from there and is null at the end. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** Which part of a list is wanted. */
export interface PageRequest {
  readonly cursor: string | null;
  /** 1 to 200. */
  readonly limit: number;
}

/** After which event a reader begins; `latest`: after all that there are. */
export type EventPosition = number | 'latest';

/** How far a reader of events goes. */
export interface EventWish {
  readonly signal: AbortSignal;
  /** False ends with what was there when it was asked. */
  readonly follow: boolean;
}

/** How a release is taken in. */
export interface ReleaseOptions {
  readonly dryRun: boolean;
  /** Why whoever asks may not release a track; only the file says which tracks are meant. Everybody may without it. */
  readonly mayNot?: (track: TrackId) => Promise<Problem | undefined>;
  /** Whether an application is in the project that its file names, or may be put there; files that name one need it. */
  readonly settle?: SettleApplication;
  /** Asked instead of the policies in force; only with `dryRun`. */
  readonly policies?: readonly Policy[];
  /** Policies are asked about components that would not change as well. */
  readonly judgesAll?: boolean;
}

/** Everything a user can do with releases; the HTTP API is a thin skin over it. Refusals are problems to show. */
export interface ControlPlane {
  /** Takes a release in, or with `dryRun` says what it would become and changes nothing. */
  release(request: ReleaseRequest, options: ReleaseOptions): Promise<Result<ReleaseReply, Problem>>;
  command(
    track: string,
    request: CommandRequest,
    expectedVersion: number | null,
  ): Promise<Result<TrackView, Problem>>;
  rollback(track: string, request: RollbackRequest): Promise<Result<TrackView, Problem>>;
  track(track: string): Promise<Result<TrackView, Problem>>;
  tracks(filter: { application?: string; environment?: string }, page: PageRequest): Promise<Page<TrackView>>;
  rollouts(filter: { track?: string }, page: PageRequest): Promise<Page<RolloutView>>;
  rollout(id: string): Promise<Result<RolloutView, Problem>>;
  rolloutEvents(id: string, page: PageRequest): Promise<Result<Page<EventView>, Problem>>;
  report(id: string): Promise<Result<{ readonly json: unknown; readonly markdown: string }, Problem>>;
  logs(
    track: string,
    revision: string | null,
    lines: number,
    instance?: string,
  ): Promise<Result<string, Problem>>;
  /** What runs of each track, instance by instance; a place that does not answer is a value. */
  instances(filter: { track?: string }, page: PageRequest): Promise<Page<TrackInstancesView>>;
  /** Events after a sequence number: what is already there, and unless `follow` is false what comes, until the signal. */
  events(after: EventPosition, wish: EventWish): AsyncIterable<EventView>;
  /** How its requests came out over time. */
  series(rollout: string): Promise<Result<RolloutSeriesView, Problem>>;
  /** What a revision is made of. */
  revision(track: string, revision: string): Promise<Result<RevisionView, Problem>>;
}
