import type { TrackStatus } from '@sluice/protocol/host/host-schema.ts';
import type { HostClient } from './host-client.ts';

/** Tracks that are asked about; each is one question. */
const MOST_TRACKS = 200;

/** How a host stands, for figures; rejects when it does not answer. */
export async function hostFigures(host: Pick<HostClient, 'status' | 'tracks' | 'track'>) {
  const [status, tracks] = await Promise.all([host.status(), host.tracks()]);
  const states = await Promise.all(tracks.slice(0, MOST_TRACKS).map((track) => host.track(track)));
  const ready = status.routerWorkers.filter((worker) => worker.ready).length;
  return {
    routerWorkers: { ready, starting: status.routerWorkers.length - ready },
    startedAt: status.startedAt,
    revisions: states.flatMap((track) => (track ? revisionsOf(track) : [])),
  };
}

function revisionsOf({ track, revisions }: TrackStatus) {
  return Object.entries(revisions).map(([revision, { ordered, crashLooping, instances }]) => {
    const states: Partial<Record<(typeof instances)[number]['state'], number>> = {};
    for (const { state } of instances) states[state] = (states[state] ?? 0) + 1;
    const unexpectedExits = instances.reduce((sum, instance) => sum + instance.unexpectedExits, 0);
    return { track, revision, ordered, isCrashLooping: crashLooping, unexpectedExits, states };
  });
}
