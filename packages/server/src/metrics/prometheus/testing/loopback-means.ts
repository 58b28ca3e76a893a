import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { loopbackOutgoing } from '../../../outgoing/testing/outgoing-under.ts';
import type { PrometheusMeans } from '../prometheus-connection.ts';

/** For tests: means that reach a Prometheus of this machine; whatever is opened with them is closed by itself. */
export const loopbackMeans = (changes: Partial<PrometheusMeans> = {}): PrometheusMeans => ({
  lines: loopbackOutgoing().lines,
  environment: {},
  readKept: async () => {
    throw new SluiceError('not-found', 'nothing is kept', { next: 'ask-human' });
  },
  ...changes,
});
