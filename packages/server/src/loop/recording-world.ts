import type { Logger } from 'pino';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { TrafficRecorder } from './traffic-recorder.ts';
import type { World } from './world.ts';

/** A world whose traffic is recorded whenever it is looked at; a recording that fails hinders nothing. */
export const recordingWorld = (world: World, recorder: TrafficRecorder, log: Logger): World => ({
  observe: async (tenant, track) => {
    const observation = await world.observe(tenant, track);
    await recorder.record(tenant, track, observation.metrics).catch((thrown: unknown) => {
      const reason = SluiceError.from(thrown, 'recording traffic').message;
      log.warn({ track: track.id, reason }, 'traffic was not recorded');
    });
    return observation;
  },
  perform: (tenant, track, effect, generation) => world.perform(tenant, track, effect, generation),
});
