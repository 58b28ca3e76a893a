import type { MetricsProvider } from './metrics-provider.ts';

/** The provider of components whose requests nobody counts: it answers, and never has anything to tell. */
export const uncounted: MetricsProvider = {
  observe: async (_track, since) => ({ kind: 'ticks', ticks: [], cursor: since }),
};
