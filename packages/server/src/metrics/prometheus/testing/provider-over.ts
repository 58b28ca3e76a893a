import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import { pino } from 'pino';
import { type PrometheusMetrics, prometheusMetrics } from '../prometheus-metrics.ts';
import { loopbackMeans } from './loopback-means.ts';
import type { RememberedScrapes } from './remembered-scrapes.ts';

/** For tests: the length of a tick of what `providerOver` gives, in ms. */
export const REMEMBERED_TICK_MS = 15_000;

/** For tests: a provider over remembered scrapes of `requests`, whose pods are named after their revisions. */
export const providerOver = (
  client: RememberedScrapes,
  revisions: readonly RevisionId[],
): PrometheusMetrics =>
  prometheusMetrics({
    settings: {
      provider: 'prometheus',
      address: client.address,
      headers: {},
      tls: null,
      source: {
        kind: 'application',
        requests: 'requests',
        statusLabel: 'status',
        latency: null,
        podLabel: 'pod',
      },
      tickMs: REMEMBERED_TICK_MS,
      delayMs: 5_000,
    },
    component: { namespace: 'shop' },
    revisionsOf: () => revisions,
    workloadName: (revision) => revision,
    serviceName: (revision) => revision,
    now: () => client.now,
    log: pino({ level: 'silent' }),
    means: loopbackMeans(),
    client,
  });
