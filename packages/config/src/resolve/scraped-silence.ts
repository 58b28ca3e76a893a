import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { MetricsSettings } from '@sluice/kubernetes/settings/metrics-settings.ts';
import { kubernetesSettings } from '@sluice/kubernetes/settings/read-settings.ts';

/**
 * Within so many ticks, beside the delay, the first figures of a step come where they are scraped: after two a whole tick
 * has ended, whenever the step began, and for one and a half more a pod is waited for that was scraped lately.
 */
const FIRST_FIGURES_TICKS = 3.5;

/** The longest time until the figures of a moment are there, in ms; until then nothing can be said of their absence. */
const firstFiguresMs = ({ tickMs, delayMs }: MetricsSettings): number =>
  FIRST_FIGURES_TICKS * tickMs + delayMs;

/** A component whose judge calls nothing silence that cannot have been seen yet, by how its figures are scraped. */
export function withScrapedSilence(component: ComponentSpec): ComponentSpec {
  const { workload, strategy } = component;
  const metrics = workload.on === 'cluster' ? kubernetesSettings(component).metrics : null;
  const { judge } = strategy.analysis;
  if (metrics === null || judge.noDataAfterMs >= firstFiguresMs(metrics)) return component;
  const analysis = {
    ...strategy.analysis,
    judge: { ...judge, noDataAfterMs: firstFiguresMs(metrics) },
  };
  return { ...component, strategy: { ...strategy, analysis } };
}
