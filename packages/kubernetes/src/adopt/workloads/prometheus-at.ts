import type { MetricsSettings, MetricsSource } from '../../settings/metrics-settings.ts';

/** Length of a tick of evidence in ms: the scrape interval that most installations have. */
const TICK_MS = 15_000;
/** How late a sample may arrive, in ms. */
const DELAY_MS = 5_000;

/** Evidence from a Prometheus without authentication. */
export const prometheusAt = (address: string, source: MetricsSource): MetricsSettings => ({
  provider: 'prometheus',
  address,
  headers: {},
  tls: null,
  source,
  tickMs: TICK_MS,
  delayMs: DELAY_MS,
});
