import type { ComponentAdoption } from '../adopted-component.ts';
import type { ManifestDocument } from '../adoption.ts';
import { adoptInPlace } from '../workloads/adopt-in-place.ts';
import { concluded } from '../workloads/concluded.ts';
import { DAEMON_SET_SPEC } from '../workloads/deployment-shape.ts';
import type { CanaryReading } from './canary-reading.ts';
import type { WebhookType } from './canary-spec.ts';
import { askedOf } from './canary-strategy.ts';
import { askedThroughout } from './questions.ts';

/** Hooks that go on beside the batches; the others belong to steps, and batches have none for them. */
const BESIDE_BATCHES: readonly (WebhookType | '')[] = ['', 'rollout', 'rollback', 'event'];

/**
 * A Canary over a DaemonSet. Flagger runs a second one beside it; Sluice changes it in place, node by node, and asks what
 * the Canary asks all the while.
 */
export function adoptDaemonCanary(reading: CanaryReading, target: ManifestDocument): ComponentAdoption {
  const { notes, document, documents, settings, spec } = reading;
  if (!notes.check(target, DAEMON_SET_SPEC, target.object.spec, ['spec'])) return concluded(notes, undefined);
  refuseTraffic(reading);
  const inPlace: CanaryReading = {
    ...reading,
    // Both revisions are pods of the one DaemonSet, and no query can tell them apart by its name.
    names: { ...reading.names, candidate: reading.names.target, stable: reading.names.target },
  };
  const { intervalMs, metrics, hooks } = askedOf(inPlace);
  const threshold = Math.max(1, spec.analysis.threshold);
  const counted = { fromStep: 0, failures: threshold };
  notes.differ(
    document,
    ['spec', 'analysis'],
    'Flagger runs a second DaemonSet beside the first and shifts requests between them. Sluice replaces the pods one after the other, each for an interval, and makes the checks all the while; a metric sees old and new pods together.',
  );
  if (spec.service)
    notes.differ(
      document,
      ['spec', 'service'],
      `Sluice takes no Service over that stands before a DaemonSet. ${reading.names.apex}, as Flagger left it, selects the pods of ${reading.names.target}-primary: let it select those of ${reading.names.target} before you delete the Canary.`,
    );
  const adopted = adoptInPlace(notes, target, documents, settings);
  notes.use(document);
  if (!adopted.ok || adopted.component.strategy.kind !== 'rolling') return adopted;
  const { strategy } = adopted.component;
  const schedule = { initialDelayMs: intervalMs, intervalMs };
  const measurements = [
    ...metrics.map((metric) => askedThroughout(metric, schedule, counted)),
    ...hooks.rollout.map((hook) => askedThroughout(hook, { initialDelayMs: 0, intervalMs }, counted)),
    ...hooks.rollback.map((hook) =>
      askedThroughout(hook, { initialDelayMs: 0, intervalMs }, { fromStep: 0, failures: 1 }),
    ),
  ];
  const analysis = { ...strategy.analysis, measurements };
  return concluded(notes, {
    ...adopted.component,
    strategy: { ...strategy, name: 'flagger', analysis, holdMs: intervalMs },
  });
}

function refuseTraffic({ notes, document, spec }: CanaryReading): void {
  const { analysis } = spec;
  for (const key of ['match', 'mirror', 'sessionAffinity'] as const)
    if (analysis[key] !== undefined && analysis[key] !== false)
      notes.fault(
        document,
        ['spec', 'analysis', key],
        'Requests cannot be steered between pods of one DaemonSet. Leave it out, or run the program as a Deployment.',
      );
  (analysis.webhooks ?? []).forEach(({ type = '' }, index) => {
    if (!BESIDE_BATCHES.includes(type))
      notes.fault(
        document,
        ['spec', 'analysis', 'webhooks', index],
        `A DaemonSet is replaced pod by pod, without a step at which a ${type} hook could be asked. Leave it out, or run the program as a Deployment.`,
      );
  });
}
