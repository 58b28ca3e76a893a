import type { LoopInstruments } from '../work-on-track.ts';

/** For tests: instruments that nobody reads. */
export const silentInstruments: LoopInstruments = {
  lag: () => undefined,
  decided: () => undefined,
  settled: () => undefined,
  performed: () => undefined,
  observationFailed: () => undefined,
  stopped: () => undefined,
  finished: () => undefined,
  stockFrom: () => undefined,
};
