import type { Amount, StrategySpec } from '@sluice/core/rollout/strategy-spec.ts';
import type { ComponentAdoption } from '../adopted-component.ts';
import type { AdoptionSettings, ManifestDocument } from '../adoption.ts';
import type { KubernetesSettings } from '../../settings/kubernetes-settings.ts';
import { type AdoptedAutoscaler, adoptAutoscaler } from './adopt-autoscaler.ts';
import type { AdoptionNotes } from './adoption-notes.ts';
import { findServices, takeOverService } from './adopt-services.ts';
import {
  adoptBudget,
  adoptConfigs,
  adoptServiceAccount,
  type Surroundings,
  tellOfReadiness,
} from './adopt-surroundings.ts';
import { presetCanary, rollingBy } from './adopted-strategy.ts';
import { clusterComponent, plainSettings } from './cluster-component.ts';
import { concluded } from './concluded.ts';
import type { RollingAmounts, WorkloadSpec } from './deployment-shape.ts';
import { findRouters, type FoundRouters } from './find-routers.ts';
import { autoscalerOf, namespaceOf } from './find-manifest.ts';
import { firstPort } from './instance-facts.ts';
import { readPodTemplate } from './pod-template.ts';
import { prometheusAt } from './prometheus-at.ts';
import { refuseScaledObject } from './refuse-scaled-object.ts';

/** What Kubernetes allows a rolling update when nothing is said, in basis points of the pods. */
const DEFAULT_AMOUNT: Amount = { basisPoints: 2500 };
/** What Kubernetes calls no progress when nothing is said, in seconds. */
const DEFAULT_DEADLINE_SECONDS = 600;

const REPLICAS =
  'Kubernetes scales at once. In Sluice another number of replicas is a new revision that is released as another template is.';

/**
 * A plain Deployment as a component: its template runs in a Deployment per revision, its routes and its Service are taken
 * over. Where a route can weigh it is released by the preset canary, otherwise in batches.
 */
export function adoptDeployment(
  notes: AdoptionNotes,
  document: ManifestDocument,
  documents: readonly ManifestDocument[],
  settings: AdoptionSettings,
): ComponentAdoption {
  const template = readPodTemplate(notes, document);
  if (!template) return concluded(notes, undefined);
  const spec = document.object.spec as unknown as WorkloadSpec;
  const namespace = namespaceOf(document, settings.namespace);
  const around = { document, documents, namespace, byDefault: settings.namespace, template };
  const { name } = document.object.metadata;
  notes.use(document);
  tellOfDeployment(notes, document, spec);
  const services = findServices(notes, around);
  const found = findRouters(notes, around, services);
  const service = found.service && takeOverService(notes, services, found.service);
  const port = found.service?.port ?? firstPort(template);
  tellOfReadiness(notes, around, port);
  refuseScaledObject(notes, documents, { kind: 'Deployment', name, namespace }, settings.namespace);
  const scaler = autoscalerOf(documents, { kind: 'Deployment', name, namespace }, settings.namespace);
  const scaled = scaler && adoptAutoscaler(notes, scaler);
  if (!scaled) notes.differ(document, ['spec', 'replicas'], REPLICAS);
  const instances = scaled?.minInstances ?? spec.replicas ?? 1;
  if (instances === 0)
    notes.fault(
      document,
      ['spec', 'replicas'],
      'There is nothing to release at 0 replicas; write at least 1.',
    );
  const kubernetes: KubernetesSettings = {
    ...plainSettings(namespace, {
      kind: 'template',
      template: template.whole,
      selector: spec.selector.matchLabels ?? template.labels,
      port,
      minReadySeconds: spec.minReadySeconds ?? 0,
      ...(service ? { service } : {}),
      besides: adoptConfigs(notes, around),
    }),
    ...surroundingSettings(notes, around, { instances, scaled }),
    routers: found.routers,
    metrics: metricsOf(found, settings),
  };
  const strategy = strategyOf(notes, document, spec, kubernetes);
  const route = { host: found.host, path: '/' };
  return concluded(
    notes,
    clusterComponent({ name, instances, template, port, kubernetes, strategy, route }, settings),
  );
}

/** What a workload has around it that goes into its settings. */
export const surroundingSettings = (
  notes: AdoptionNotes,
  around: Surroundings,
  { instances, scaled }: { readonly instances: number; readonly scaled: AdoptedAutoscaler | undefined },
): Pick<KubernetesSettings, 'serviceAccount' | 'autoscaling' | 'maxDisrupted'> => ({
  serviceAccount: adoptServiceAccount(notes, around),
  autoscaling: scaled?.autoscaling ?? null,
  maxDisrupted: adoptBudget(notes, around, instances),
});

/** Only a mesh exports figures by workload under names that are known. */
function metricsOf(
  { routers }: FoundRouters,
  { prometheus }: AdoptionSettings,
): KubernetesSettings['metrics'] {
  const isMesh = routers.some(({ kind }) => kind === 'istio');
  return isMesh && prometheus !== null ? prometheusAt(prometheus, { kind: 'istio' }) : null;
}

function strategyOf(
  notes: AdoptionNotes,
  document: ManifestDocument,
  { strategy, progressDeadlineSeconds = DEFAULT_DEADLINE_SECONDS }: WorkloadSpec,
  { routers, metrics }: KubernetesSettings,
): StrategySpec {
  const deadlineMs = progressDeadlineSeconds * 1000;
  if (!routers.some(({ kind }) => kind !== 'service')) {
    notes.differ(
      document,
      ['spec', 'strategy'],
      'No route that can weigh is among the files, so it is released in batches: a candidate’s share of the requests follows its number of pods, and requests cannot be matched or mirrored.',
    );
    return rollingBy(rollingAmounts(notes, document, strategy?.rollingUpdate), deadlineMs);
  }
  notes.differ(
    document,
    ['spec', 'strategy'],
    metrics
      ? 'Kubernetes replaces pods in batches; Sluice releases it by the preset canary over 5 %, 25 %, 75 % and 100 % of the requests, judged by what the mesh counts.'
      : 'Kubernetes replaces pods in batches; Sluice releases it by the preset canary over 5 %, 25 %, 75 % and 100 % of the requests. Nobody counts requests, so that nothing but readiness is judged: say where metrics come from to have them judged.',
  );
  return presetCanary(metrics ? 'counted' : 'uncounted', deadlineMs);
}

function rollingAmounts(
  notes: AdoptionNotes,
  document: ManifestDocument,
  amounts: RollingAmounts | undefined,
): { maxSurge: Amount; maxUnavailable: Amount } {
  const path = ['spec', 'strategy', 'rollingUpdate'];
  const amountOf = (key: 'maxSurge' | 'maxUnavailable'): Amount => {
    const value = amounts?.[key];
    if (value === undefined) return DEFAULT_AMOUNT;
    const percent = typeof value === 'string' ? /^(\d+)%$/.exec(value)?.[1] : undefined;
    if (percent !== undefined) return { basisPoints: Number(percent) * 100 };
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return { instances: value };
    notes.fault(document, [...path, key], 'A number of pods or a share such as 25% was expected.');
    return DEFAULT_AMOUNT;
  };
  return { maxSurge: amountOf('maxSurge'), maxUnavailable: amountOf('maxUnavailable') };
}

function tellOfDeployment(notes: AdoptionNotes, document: ManifestDocument, spec: WorkloadSpec): void {
  notes.differ(
    document,
    [],
    'Sluice does not apply this Deployment: it makes one of its own per revision. One that runs in the cluster already is left alone; delete it when the first release serves.',
  );
  if (spec.strategy?.type === 'Recreate')
    notes.differ(
      document,
      ['spec', 'strategy', 'type'],
      'With Recreate, Kubernetes stops the old pods before it starts new ones; in Sluice two revisions run beside each other. If the program cannot bear that, annotate the Deployment with sluice.dev/adopt: in-place.',
    );
  if (spec.paused)
    notes.differ(document, ['spec', 'paused'], 'Sluice releases it when it is asked to, paused or not.');
  if (spec.revisionHistoryLimit !== undefined)
    notes.differ(
      document,
      ['spec', 'revisionHistoryLimit'],
      'Sluice keeps revisions to go back to by its own retention, not by this number.',
    );
}
