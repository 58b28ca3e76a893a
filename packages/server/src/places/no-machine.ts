import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { ASKING_ON_MACHINE, type Place } from './places.ts';

/** The machine of a control plane that has none, as one that only serves clusters. */
export function noMachine(): Place {
  const refuse = (): Promise<never> =>
    Promise.reject(
      new SluiceError(
        'unsupported',
        'this control plane has no host, so that it runs nothing on a machine; give the component a target, or start the control plane with --host-directory',
        { next: 'ask-human' },
      ),
    );
  return {
    target: {
      apply: refuse,
      observe: refuse,
      retire: refuse,
      inventory: async () => [],
      instances: async () => [],
      logs: refuse,
    },
    router: {
      capabilities: () => ({
        shares: 'exact',
        granularityBasisPoints: 1,
        matchOn: [],
        mirror: false,
        sticky: [],
        goals: false,
      }),
      apply: refuse,
      observe: refuse,
    },
    metrics: { observe: refuse },
    asking: ASKING_ON_MACHINE,
  };
}
