import { sampleEvent, sampleRollout, sampleTrack } from '@sluice/protocol/http/testing/sample-views.ts';
import { openDashboard } from '@sluice/server/api/dashboard/open-dashboard.ts';
import { listenOnLoopback } from '@sluice/server/api/listen-on-loopback.ts';
import { testApi } from '@sluice/server/api/testing/test-api.ts';

/** The real API and dashboard over a control plane in memory that has much to show. */
export interface FullPlane {
  readonly address: string;
  /** Something happens somewhere; every fifth time to the rollout that is looked at. */
  readonly happen: () => void;
  readonly close: () => Promise<void>;
}

/** How much there is to show. */
export interface Fullness {
  readonly applications: number;
  /** Of the one rollout that is looked at. */
  readonly events: number;
}

const ENVIRONMENTS = ['development', 'staging', 'production'] as const;
/** The rollout that is looked at. */
export const ROLLOUT = 'ro-2';

/** Opens it on a free port; each application has one component in three environments. */
export async function fullPlane({ applications, events }: Fullness): Promise<FullPlane> {
  const tracks = Array.from({ length: applications }, (_, at) => `app-${at}`).flatMap((application) =>
    ENVIRONMENTS.map((environment) => {
      const id = `${application}/${environment}/web`;
      return sampleTrack({ id, application, environment, active: null });
    }),
  );
  const complain = (failure: Error): never => {
    throw failure;
  };
  const { app, plane } = testApi({ tracks, dashboard: openDashboard(complain) });
  plane.put(sampleTrack({ active: sampleRollout({ id: ROLLOUT }) }));
  for (let sequence = 1; sequence <= events; sequence += 1) plane.feed.publish(sampleEvent(sequence));
  const { url } = await listenOnLoopback(app, { port: 0 });
  let sequence = events;
  return {
    address: url,
    happen: () => {
      sequence += 1;
      const track = tracks[(sequence * 7) % tracks.length]?.id ?? '';
      const isWatched = sequence % 5 === 0;
      plane.feed.publish(sampleEvent(sequence, isWatched ? {} : { track, rollout: 'ro-9' }));
    },
    close: () => app.close(),
  };
}
