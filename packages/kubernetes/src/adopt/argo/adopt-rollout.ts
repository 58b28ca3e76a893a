import type { KubernetesSettings } from '../../settings/kubernetes-settings.ts';
import type { ComponentAdoption } from '../adopted-component.ts';
import type { AdoptionSettings, ManifestDocument } from '../adoption.ts';
import { adoptAutoscaler } from '../workloads/adopt-autoscaler.ts';
import { surroundingSettings } from '../workloads/adopt-deployment.ts';
import { type AdoptionNotes, adoptionNotes } from '../workloads/adoption-notes.ts';
import { adoptConfigs } from '../workloads/adopt-surroundings.ts';
import { clusterComponent, plainSettings } from '../workloads/cluster-component.ts';
import { concluded } from '../workloads/concluded.ts';
import { autoscalerOf, findManifest, isUnderstood, namespaceOf } from '../workloads/find-manifest.ts';
import { firstPort } from '../workloads/instance-facts.ts';
import { readPodTemplate } from '../workloads/pod-template.ts';
import { refuseScaledObject } from '../workloads/refuse-scaled-object.ts';
import { adoptAddresses, serviceRoles } from './adopt-addresses.ts';
import { ARGO_VERSION, type ArgoAdoption, differenceOf, namesOnce } from './argo-adoption.ts';
import { argoRefusals } from './argo-refusals.ts';
import { armNames, readdressing } from './arm-names.ts';
import { ROLLOUT_SPEC } from './rollout-shape.ts';
import type { RolloutSpec } from './rollout-spec.ts';
import { rolloutStrategy } from './rollout-strategy.ts';
import { tellDifferences } from './tell-differences.ts';
import { trafficRouters } from './traffic-routers.ts';
import { withoutNulls } from './without-nulls.ts';

/**
 * A Rollout of Argo Rollouts as a component: its pods run in a Deployment per revision, its steps become a plan, its
 * analyses measurements. What cannot be honoured is a fault that says what to do; what is done otherwise is a difference.
 */
export function adoptRollout(
  rollout: ManifestDocument,
  documents: readonly ManifestDocument[],
  settings: AdoptionSettings,
): ComponentAdoption {
  const notes = adoptionNotes();
  const { apiVersion, spec: written, metadata } = rollout.object;
  if (apiVersion !== ARGO_VERSION) {
    const message = `${apiVersion} is not a version of Rollout that is understood; ${ARGO_VERSION} is.`;
    notes.fault(rollout, ['apiVersion'], message);
    return concluded(notes, undefined);
  }
  if (!notes.check(rollout, ROLLOUT_SPEC, written, ['spec'])) return concluded(notes, undefined);
  const spec = withoutNulls(written) as unknown as RolloutSpec;
  notes.use(rollout);
  const roles = serviceRoles(spec);
  const arms = armNames(metadata.name, settings);
  const adoption: ArgoAdoption = {
    notes,
    rollout,
    documents,
    namespace: namespaceOf(rollout, settings.namespace),
    settings,
    readdressed: readdressing(
      roles.candidateOnly.map(({ name }) => name).filter((name) => name !== roles.callers?.name),
      arms.candidate,
    ),
    unusedName: namesOnce(),
  };
  return eachOnce(adoptPods(adoption, spec, { roles, arms }));
}

/** A template that several steps run says the same each time. */
function eachOnce(adopted: ComponentAdoption): ComponentAdoption {
  return adopted.ok
    ? { ...adopted, differences: unique(adopted.differences) }
    : { ...adopted, faults: unique(adopted.faults) };
}

function unique<Told extends object>(told: readonly Told[]): readonly Told[] {
  const seen = new Set<string>();
  return told.filter((one) => {
    const text = JSON.stringify(one);
    return !seen.has(text) && seen.add(text);
  });
}

function adoptPods(
  adoption: ArgoAdoption,
  spec: RolloutSpec,
  { roles, arms }: { roles: ReturnType<typeof serviceRoles>; arms: ReturnType<typeof armNames> },
): ComponentAdoption {
  const { notes, rollout, documents, namespace, settings } = adoption;
  const source = templateSource(adoption, spec);
  const template = source && readPodTemplate(notes, source);
  if (!source || !template) return concluded(notes, undefined);
  const { name } = rollout.object.metadata;
  const around = { document: source, documents, namespace, byDefault: settings.namespace, template };
  argoRefusals(adoption, spec);
  tellDifferences(adoption, spec);
  const scaled = scalerOf(notes, adoption, name);
  const instances = scaled?.minInstances ?? spec.replicas ?? 1;
  if (instances === 0)
    notes.fault(
      rollout,
      ['spec', 'replicas'],
      'There is nothing to release at 0 replicas; write at least 1.',
    );
  if (!scaled) tellOfReplicas(adoption);
  const address = adoptAddresses(adoption, around, roles);
  const port = address.port ?? firstPort(template);
  const routers = trafficRouters(adoption, spec.strategy.canary?.trafficRouting);
  const { strategy, metrics } = rolloutStrategy(adoption, spec, {
    replicas: Math.max(1, instances),
    arms,
    routers,
  });
  const kubernetes: KubernetesSettings = {
    ...plainSettings(namespace, {
      kind: 'template',
      template: template.whole,
      selector: selectorOf(source, spec) ?? template.labels,
      port,
      minReadySeconds: spec.minReadySeconds ?? 0,
      ...(address.service ? { service: address.service } : {}),
      ...(roles.candidateOnly.length > 0
        ? { formerServices: roles.candidateOnly.map(({ name }) => name) }
        : {}),
      besides: adoptConfigs(notes, around),
    }),
    ...surroundingSettings(notes, around, { instances, scaled }),
    routers,
    metrics,
  };
  return concluded(
    notes,
    clusterComponent({ name, instances, template, port, kubernetes, strategy }, settings),
  );
}

const tellOfReplicas = (adoption: ArgoAdoption): void =>
  differenceOf(
    adoption,
    ['spec', 'replicas'],
    'Argo scales at once when nothing else is changed, also in the middle of a rollout. In Sluice another number of replicas is a new revision that goes through all steps, as another template is.',
  );

/** Where the pod template stands: in the Rollout, or in the Deployment that it refers to. */
function templateSource(
  { notes, rollout, documents, namespace, settings }: ArgoAdoption,
  { workloadRef }: RolloutSpec,
): ManifestDocument | undefined {
  if (!workloadRef) return rollout;
  const path = ['spec', 'workloadRef'];
  const { kind, name } = workloadRef;
  if (kind !== 'Deployment') {
    notes.fault(rollout, [...path, 'kind'], `Sluice takes the template of a Deployment, not of a ${kind}.`);
    return undefined;
  }
  const deployment = findManifest(documents, { kind, name, namespace }, settings.namespace);
  if (!deployment) {
    notes.fault(rollout, path, `Deployment ${name} is not among the files; add the file with it.`);
    return undefined;
  }
  notes.use(deployment);
  return isUnderstood(notes, deployment) ? deployment : undefined;
}

function selectorOf(
  source: ManifestDocument,
  { selector }: RolloutSpec,
): Readonly<Record<string, string>> | undefined {
  const own = source.object.spec?.['selector'] as RolloutSpec['selector'];
  return (selector ?? own)?.matchLabels;
}

function scalerOf(
  notes: AdoptionNotes,
  { documents, namespace, settings }: ArgoAdoption,
  name: string,
): ReturnType<typeof adoptAutoscaler> {
  refuseScaledObject(notes, documents, { kind: 'Rollout', name, namespace }, settings.namespace);
  const scaler = autoscalerOf(documents, { kind: 'Rollout', name, namespace }, settings.namespace);
  return scaler && adoptAutoscaler(notes, scaler);
}
