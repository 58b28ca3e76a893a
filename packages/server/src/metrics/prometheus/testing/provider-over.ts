import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import { pino } from 'pino';
import { type PrometheusMetrics, prometheusMetrics } from '../prometheus-metrics.ts';
import type { RememberedScrapes } from './remembered-scrapes.ts';

/** For tests: a tick of what `providerOver` gives, and how long its samples may take, in ms. */
export const REMEMBERED_TICK_MS = 15_000;
export const REMEMBERED_DELAY_MS = 5_000;

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
      delayMs: REMEMBERED_DELAY_MS,
    },
    component: { namespace: 'shop' },
    revisionsOf: () => revisions,
    workloadName: (revision) => revision,
    serviceName: (revision) => revision,
    now: () => client.now,
    log: pino({ level: 'silent' }),
    client,
  });
