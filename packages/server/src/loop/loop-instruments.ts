import type { Metrics } from '../telemetry/metrics.ts';
import type { LoopInstruments } from './work-on-track.ts';

/** Counts the loop's work with the server's metrics. */
export const loopInstruments = (metrics: Metrics): LoopInstruments => ({
  lag: (seconds) => metrics.loopLag.observe(seconds),
  decided: (seconds) => metrics.decisions.observe(seconds),
  settled: (result) => metrics.commits.inc({ result }),
  performed: (effect, outcome) => metrics.effects.inc({ effect, outcome }),
  observationFailed: (port) => metrics.observationFailures.inc({ port }),
  stopped: (verdict) => metrics.verdicts.inc({ verdict }),
  finished: (outcome) => metrics.finishedRollouts.inc({ outcome }),
  stockFrom: metrics.stockFrom,
});
