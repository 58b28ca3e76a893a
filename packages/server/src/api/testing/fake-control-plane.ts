import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { CommandRequest, ReleaseReply, ReleaseRequest } from '@sluice/protocol/http/requests.ts';
import type { TrackInstancesView } from '@sluice/protocol/http/instances.ts';
import type { RevisionView } from '@sluice/protocol/http/revisions.ts';
import type { RolloutSeriesView } from '@sluice/protocol/http/series.ts';
import type { EventView, Problem, RolloutView, TrackView } from '@sluice/protocol/http/views.ts';
import type {
  ControlPlane,
  EventPosition,
  EventWish,
  Page,
  PageRequest,
} from '../../rollouts/control-plane.ts';
import { problem } from '../exchange/problems.ts';
import { EventFeed } from './event-feed.ts';
import { samplePlan, sampleRollout, sampleTrack } from '@sluice/protocol/http/testing/sample-views.ts';

/** A control plane in memory. Tests put tracks and events in, and read what was asked of it. */
export interface FakeControlPlane extends ControlPlane {
  readonly feed: EventFeed;
  /** Everything that changed something, in order: `release v2`, `pause web`. */
  readonly effects: string[];
  /** Awaited before a change is made; tests hold it to look at what happens meanwhile. */
  hold: Promise<void>;
  /** When set, everything that is asked fails with it. */
  failure: Error | null;
  put(track: TrackView): void;
  putRollout(rollout: RolloutView): void;
}

/** Makes a fake with the tracks given. */
export function fakeControlPlane(initial: readonly TrackView[] = [sampleTrack()]): FakeControlPlane {
  return new Fake(initial);
}

class Fake implements FakeControlPlane {
  readonly feed = new EventFeed();
  readonly effects: string[] = [];
  hold: Promise<void> = Promise.resolve();
  failure: Error | null = null;
  readonly #tracks = new Map<string, TrackView>();
  readonly #rollouts = new Map<string, RolloutView>();

  constructor(initial: readonly TrackView[]) {
    for (const track of initial) this.put(track);
  }

  put(track: TrackView): void {
    this.#tracks.set(track.id, track);
    for (const rollout of [track.last, track.active]) if (rollout) this.putRollout(rollout);
  }

  putRollout(rollout: RolloutView): void {
    this.#rollouts.set(rollout.id, rollout);
  }

  async release(
    request: ReleaseRequest,
    { dryRun }: { dryRun: boolean },
  ): Promise<Result<ReleaseReply, Problem>> {
    await this.#asked();
    const application = /^application: *(\S+)/m.exec(request.text)?.[1];
    if (application === undefined) return refused(faultyFile(request.file));
    const { environment = 'production', version = 'v2' } = request;
    const components = request.components ?? ['web'];
    if (!dryRun) this.effects.push(`release ${version} of ${components.join(' ')}`);
    const rollouts = components.map((component) => {
      const track = `${application}/${environment}/${component}`;
      const source = request.source && { source: request.source };
      const rollout = sampleRollout({ track, version, requestedBy: request.by, ...source });
      if (!dryRun) this.put(sampleTrack({ id: track, application, environment, component, active: rollout }));
      return {
        track,
        component,
        revision: rollout.candidate,
        plan: samplePlan,
        rollout: dryRun ? null : rollout,
      };
    });
    return ok({ application, environment, version, rollouts, underWay: [], unchanged: [], warnings: [] });
  }

  async command(
    id: string,
    { command, by }: CommandRequest,
    expectedVersion: number | null,
  ): Promise<Result<TrackView, Problem>> {
    await this.#asked();
    const track = this.#tracks.get(id);
    if (!track) return refused(unknown(`The track ${id}`));
    if (expectedVersion !== null && expectedVersion !== track.version) return refused(changed(track));
    if (!track.active) return refused(conflict(`Nothing is under way on ${id}.`));
    this.effects.push(`${command} ${track.component}`);
    const held = { phase: 'held' as const, reason: { kind: 'paused', detail: `paused by ${by}` } };
    const active =
      command === 'pause' ? { ...track.active, ...held } : { ...track.active, phase: 'running' as const };
    const after = { ...track, version: track.version + 1, active };
    this.put(after);
    return ok(after);
  }

  async rollback(id: string, request: { to?: string | undefined }): Promise<Result<TrackView, Problem>> {
    await this.#asked();
    const track = this.#tracks.get(id);
    if (!track) return refused(unknown(`The track ${id}`));
    const to = request.to ?? track.history[1]?.version;
    const target = track.history.find(({ version, revision }) => version === to || revision === to);
    if (!target) return refused(conflict(`${to} is not one of the revisions that can be brought back.`));
    this.effects.push(`roll back to ${target.version}`);
    const active = sampleRollout({ id: 'ro-3', number: 3, lane: 'undo', version: target.version });
    const after = { ...track, version: track.version + 1, active };
    this.put(after);
    return ok(after);
  }

  async track(id: string): Promise<Result<TrackView, Problem>> {
    await this.#asked();
    const track = this.#tracks.get(id);
    return track ? ok(track) : refused(unknown(`The track ${id}`));
  }

  async tracks(
    filter: { application?: string; environment?: string },
    page: PageRequest,
  ): Promise<Page<TrackView>> {
    await this.#asked();
    const all = [...this.#tracks.values()].sort((a, b) => a.id.localeCompare(b.id));
    return pageOf(
      all.filter(
        ({ application, environment }) =>
          (filter.application ?? application) === application &&
          (filter.environment ?? environment) === environment,
      ),
      page,
    );
  }

  async rollouts(filter: { track?: string }, page: PageRequest): Promise<Page<RolloutView>> {
    await this.#asked();
    const all = [...this.#rollouts.values()].sort((a, b) => b.number - a.number);
    return pageOf(
      all.filter(({ track }) => (filter.track ?? track) === track),
      page,
    );
  }

  async rollout(id: string): Promise<Result<RolloutView, Problem>> {
    await this.#asked();
    const rollout = this.#rollouts.get(id);
    return rollout ? ok(rollout) : refused(unknown(`The rollout ${id}`));
  }

  async rolloutEvents(id: string, page: PageRequest): Promise<Result<Page<EventView>, Problem>> {
    const found = await this.rollout(id);
    if (!found.ok) return found;
    return ok(
      pageOf(
        this.feed.past.filter(({ rollout }) => rollout === id),
        page,
      ),
    );
  }

  async report(id: string): Promise<Result<{ json: unknown; markdown: string }, Problem>> {
    const found = await this.rollout(id);
    if (!found.ok) return found;
    const { version, phase } = found.value;
    return ok({ json: { rollout: id, version, outcome: phase }, markdown: `# ${version} ${phase}\n` });
  }

  async logs(id: string, revision: string | null, lines: number): Promise<Result<string, Problem>> {
    const found = await this.track(id);
    if (!found.ok) return found;
    const written = [1, 2, 3, 4].map((number) => `${revision ?? 'newest'} line ${number}\n`);
    return ok(written.slice(-lines).join(''));
  }

  async instances(filter: { track?: string }, page: PageRequest): Promise<Page<TrackInstancesView>> {
    await this.#asked();
    const sorted = [...this.#tracks.values()].sort((a, b) => a.id.localeCompare(b.id));
    const all = sorted.filter(({ id }) => (filter.track ?? id) === id);
    return pageOf(
      all.map(({ id: track, splitConfirmed }) => ({ id: track, track, splitConfirmed, revisions: [] })),
      page,
    );
  }

  async series(id: string): Promise<Result<RolloutSeriesView, Problem>> {
    await this.#asked();
    if (!this.#rollouts.has(id)) return refused(unknown(`The rollout ${id}`));
    return ok({ rollout: id, stepSeconds: 1, bound: 100, source: 'none', points: [] });
  }

  async revision(id: string, revision: string): Promise<Result<RevisionView, Problem>> {
    await this.#asked();
    const known = this.#tracks.get(id)?.revisions.find((one) => one.revision === revision);
    if (!known) return refused(unknown(`The revision ${revision} of ${id}`));
    return ok({ revision, version: known.version, component: { name: 'web' } });
  }

  events(after: EventPosition, wish: EventWish): AsyncIterable<EventView> {
    return this.feed.after(after, wish);
  }

  async #asked(): Promise<void> {
    await this.hold;
    if (this.failure) throw this.failure;
  }
}

const refused = (refusal: Problem): { ok: false; refusal: Problem } => ({ ok: false, refusal });

function pageOf<Item>(all: readonly Item[], { cursor, limit }: PageRequest): Page<Item> {
  const start = cursor === null ? 0 : Number(cursor);
  const end = start + limit;
  return { items: all.slice(start, end), next: end < all.length ? String(end) : null };
}

const unknown = (what: string): Problem =>
  problem({
    status: 404,
    code: 'not-found',
    detail: `${what} is not known.`,
    remedy: '`sluice status` lists all.',
  });

const changed = ({ id, version }: TrackView): Problem =>
  problem({
    status: 412,
    code: 'changed-meanwhile',
    detail: `${id} is at version ${version}.`,
    remedy: 'Read it again and decide anew.',
  });

const conflict = (detail: string): Problem =>
  problem({ status: 409, code: 'nothing-under-way', detail, remedy: 'Look at `sluice status`.' });

const faultyFile = (file: string): Problem => ({
  ...problem({
    status: 422,
    code: 'invalid-file',
    detail: 'line 2: components.web.porcelain is not a known key',
    remedy: 'Correct the lines above.',
  }),
  faults: [
    {
      file,
      line: 2,
      column: 5,
      endColumn: 14,
      path: 'components.web.porcelain',
      message: 'components.web.porcelain is not a known key; did you mean "port"?',
      suggestion: 'port',
    },
  ],
});
