import { trackIdFrom } from '@sluice/core/kernel/ids.ts';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import { commandRollout } from '@sluice/core/rollout/commands.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { CommandRequest } from '@sluice/protocol/http/requests.ts';
import type { EventView, Problem, TrackView } from '@sluice/protocol/http/views.ts';
import { changeTrack } from '../loop/change-track.ts';
import { describeEvent } from '../loop/describe-event.ts';
import type { ControlPlane, EventPosition, EventWish } from './control-plane.ts';
import type { ControlPlanePorts } from './control-plane-ports.ts';
import type { RecordedEvent } from './delivery-records.ts';
import { describeRaise } from './generation-raised.ts';
import { describePolicies } from './policies-judged.ts';
import { notFound, refusedByState, refusedWith } from './problems.ts';
import { release } from './release.ts';
import { reportOf } from './report.ts';
import { revisionContentView } from './revision-content-view.ts';
import { revisionLogs } from './revision-logs.ts';
import { rollback } from './rollback.ts';
import { rolloutSeries } from './rollout-series.ts';
import { rolloutView } from './rollout-view.ts';
import { trackInstances } from './track-instances.ts';
import { trackView } from './track-view.ts';

/** Events read at once for a stream. */
const EVENTS_PER_READ = 500;
/** A stream looks for new events at least this often, should a bell have been missed, in milliseconds. */
const STREAM_POLL_MS = 2000;
/** Events of one rollout that a report is made from. */
const REPORT_EVENTS = 5000;

/** The control plane over tracks, records and the world. */
export function deliveryControlPlane(ports: ControlPlanePorts): ControlPlane {
  const viewed = (track: TrackState): Promise<TrackView> => viewOf(ports, track);
  return {
    release: (request, options) => release(ports, request, options),
    command: async (track, request, expectedVersion) => {
      const changed = await command(ports, track, request, expectedVersion);
      return changed.ok ? ok(await viewed(changed.value)) : changed;
    },
    rollback: async (track, request) => {
      const changed = await rollback(ports, track, request);
      return changed.ok ? ok(await viewed(changed.value)) : changed;
    },
    track: async (id) => {
      const track = await ports.store.load(ports.tenant, trackIdFrom(id));
      return track ? ok(await viewed(track)) : unknownTrack(id);
    },
    tracks: async (filter, page) => {
      const found = await ports.records.tracks(filter, page);
      return { items: await Promise.all(found.items.map(viewed)), next: found.next };
    },
    rollouts: async (filter, page) => {
      const found = await ports.records.rollouts(filter, page);
      return {
        items: found.items.map(({ track, rollout }) => rolloutView(track, rollout, null)),
        next: found.next,
      };
    },
    rollout: async (id) => {
      const found = await ports.records.rollout(id);
      if (!found) return unknownRollout(id);
      const track = await ports.store.load(ports.tenant, trackIdFrom(found.track));
      const live = track?.active?.id === id ? track.active : found.rollout;
      return ok(rolloutView(found.track, live, track));
    },
    rolloutEvents: async (id, page) => {
      if (!(await ports.records.rollout(id))) return unknownRollout(id);
      const found = await ports.records.rolloutEvents(id, page);
      return ok({ items: found.items.map(eventView), next: found.next });
    },
    report: async (id) => {
      const found = await ports.records.rollout(id);
      if (!found) return unknownRollout(id);
      const events = await ports.records.rolloutEvents(id, { cursor: null, limit: REPORT_EVENTS });
      return ok(reportOf(rolloutView(found.track, found.rollout, null), events.items.map(eventView)));
    },
    logs: (track, revision, lines, instance) => revisionLogs(ports, { track, revision, lines, instance }),
    instances: (filter, page) => trackInstances(ports, filter, page),
    events: (after, wish) => eventStream(ports, after, wish),
    series: (rollout) => rolloutSeries(ports, rollout),
    revision: (track, revision) => revisionContentView(ports, track, revision),
  };
}

const unknownTrack = (id: string) =>
  notFound(`The track ${id}`, '`sluice status` lists what there is; a first `sluice deploy` makes a track.');
const unknownRollout = (id: string) => notFound(`The rollout ${id}`, '`sluice history` lists the rollouts.');

async function viewOf({ world, tenant, orders }: ControlPlanePorts, track: TrackState): Promise<TrackView> {
  const observation = await world.observe(tenant, track);
  return trackView(track, observation, (due) => orders.among({ tenant, track: track.id }, due));
}

async function command(
  ports: ControlPlanePorts,
  id: string,
  request: CommandRequest,
  expectedVersion: number | null,
): Promise<Result<TrackState, Problem>> {
  const present = await ports.store.load(ports.tenant, trackIdFrom(id));
  if (!present) return unknownTrack(id);
  const at = ports.now();
  const changed = await changeTrack(
    ports.store,
    {
      tenant: ports.tenant,
      track: present.id,
      actor: request.by,
      decide: (track) =>
        expectedVersion === null || expectedVersion === track.version
          ? commandRollout(track, request, at)
          : refuse(
              'changed-meanwhile',
              `${id} is at version ${track.version}, not ${expectedVersion}`,
              'Read it again and decide anew.',
            ),
    },
    ports.now,
  );
  ports.wakeLoop();
  if (changed.ok) return changed;
  const { code, message, remedy } = changed.refusal;
  return code === 'changed-meanwhile'
    ? refusedWith(412, code, { title: 'Changed meanwhile', detail: `${message}.`, remedy })
    : refusedByState(changed.refusal);
}

function eventView({ sequence, track, rollout, event }: RecordedEvent): EventView {
  const { kind, at, ...body } = event;
  return { sequence, at, track, rollout, kind, words: wordsOf(event), body };
}

function wordsOf(event: RecordedEvent['event']): string {
  if (event.kind === 'generationRaised') return describeRaise(event);
  return event.kind === 'policiesJudged' ? describePolicies(event) : describeEvent(event);
}

async function* eventStream(
  ports: ControlPlanePorts,
  after: EventPosition,
  { signal, follow }: EventWish,
): AsyncIterable<EventView> {
  const nextWrite = (): Promise<void> => ports.records.nextWrite(STREAM_POLL_MS, signal);
  let last = after === 'latest' ? await ports.records.lastEvent() : after;
  // Listened for before it is read: what is written while a reader is slow is not missed.
  let written = nextWrite();
  while (!signal.aborted) {
    const events = await ports.records.eventsAfter(last, EVENTS_PER_READ);
    for (const event of events) yield eventView(event);
    last = events.at(-1)?.sequence ?? last;
    if (events.length === EVENTS_PER_READ) continue;
    if (!follow) return;
    await written;
    written = nextWrite();
  }
}
