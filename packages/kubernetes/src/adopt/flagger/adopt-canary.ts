import type { KubernetesSettings } from '../../settings/kubernetes-settings.ts';
import type { ComponentAdoption } from '../adopted-component.ts';
import type { AdoptionSettings, ManifestDocument } from '../adoption.ts';
import { type AdoptedAutoscaler, adoptAutoscaler } from '../workloads/adopt-autoscaler.ts';
import { surroundingSettings } from '../workloads/adopt-deployment.ts';
import { type AdoptionNotes, adoptionNotes } from '../workloads/adoption-notes.ts';
import { adoptConfigs, tellOfReadiness } from '../workloads/adopt-surroundings.ts';
import { clusterComponent, plainSettings } from '../workloads/cluster-component.ts';
import { concluded } from '../workloads/concluded.ts';
import { DEPLOYMENT_SPEC, type WorkloadSpec } from '../workloads/deployment-shape.ts';
import { findManifest, isUnderstood, manifestsOfKind, namespaceOf } from '../workloads/find-manifest.ts';
import { readPodTemplate } from '../workloads/pod-template.ts';
import { NO_KEDA } from '../workloads/refuse-scaled-object.ts';
import { prometheusAt } from '../workloads/prometheus-at.ts';
import { ANYTHING, objectOf } from '../workloads/shape.ts';
import { adoptWithoutNulls } from '../workloads/without-nulls.ts';
import { adoptDaemonCanary } from './adopt-daemon-canary.ts';
import { SOURCES } from './builtin-queries.ts';
import { tellOfCanary } from './canary-differences.ts';
import type { CanaryReading } from './canary-reading.ts';
import { canaryRouters } from './canary-routers.ts';
import { canaryAddress } from './canary-service.ts';
import { CANARY_SPEC } from './canary-shape.ts';
import type { CanarySpec } from './canary-spec.ts';
import { canaryStrategy } from './canary-strategy.ts';
import { isBuiltin } from './adopt-metrics.ts';
import { flaggerNames } from './flagger-names.ts';
import { COUNTED_BY, providerOf } from './provider.ts';

const CANARY = objectOf(
  { apiVersion: ANYTHING, kind: ANYTHING, metadata: ANYTHING, spec: CANARY_SPEC, status: ANYTHING },
  { required: ['spec'] },
);

/** A Canary of Flagger and the workload it names as a component, or everything that keeps it from being one. */
export const adoptCanary = (
  canary: ManifestDocument,
  documents: readonly ManifestDocument[],
  settings: AdoptionSettings,
): ComponentAdoption =>
  adoptWithoutNulls(canary, documents, (cleaned, all) => adoptCleaned(cleaned, all, settings));

function adoptCleaned(
  canary: ManifestDocument,
  documents: readonly ManifestDocument[],
  settings: AdoptionSettings,
): ComponentAdoption {
  const notes = adoptionNotes();
  if (!isUnderstood(notes, canary) || !notes.check(canary, CANARY, canary.object, []))
    return concluded(notes, undefined);
  const spec = canary.object.spec as unknown as CanarySpec;
  const target = targetOf(notes, canary, spec, { documents, settings });
  const provider = providerOf(notes, canary, spec);
  if (!target || !provider) return concluded(notes, undefined);
  notes.use(canary);
  const reading: CanaryReading = {
    notes,
    document: canary,
    documents,
    settings,
    namespace: namespaceOf(canary, settings.namespace),
    spec,
    provider,
    names: flaggerNames(spec, spec.targetRef.name, settings),
    prometheus: spec.metricsServer ?? settings.prometheus,
  };
  return spec.targetRef.kind === 'DaemonSet'
    ? adoptDaemonCanary(reading, target)
    : adoptDeploymentCanary(reading, target);
}

function adoptDeploymentCanary(reading: CanaryReading, target: ManifestDocument): ComponentAdoption {
  const { notes, document, documents, settings, namespace, spec } = reading;
  const isSound = notes.check(target, DEPLOYMENT_SPEC, target.object.spec, ['spec']);
  const template = isSound ? readPodTemplate(notes, target) : undefined;
  if (!template) return concluded(notes, undefined);
  if (!spec.service)
    notes.fault(document, ['spec'], '`service` with a port is missing: Flagger makes its Services from it.');
  if (!spec.service) return concluded(notes, undefined);
  notes.use(target);
  const deployment = target.object.spec as unknown as WorkloadSpec;
  const address = canaryAddress(reading, spec.service, template);
  const { routers, timeoutMs, ...route } = canaryRouters(reading, spec.service);
  const scaled = scalerOf(reading);
  const instances = scaled?.minInstances ?? deployment.replicas ?? 1;
  if (instances === 0)
    notes.fault(target, ['spec', 'replicas'], 'There is nothing to release at 0 replicas; write at least 1.');
  const around = { document: target, documents, namespace, byDefault: settings.namespace, template };
  const metrics = metricsOf(reading);
  tellOfReadiness(notes, around, address?.port ?? null);
  const kubernetes: KubernetesSettings = {
    ...plainSettings(namespace, {
      kind: 'template',
      template: template.whole,
      selector: deployment.selector.matchLabels ?? template.labels,
      port: address?.port ?? null,
      minReadySeconds: deployment.minReadySeconds ?? 0,
      ...(address
        ? {
            service: address.service,
            formerServices: ['primary', 'canary'].map((side) => `${address.service.name}-${side}`),
          }
        : {}),
      besides: adoptConfigs(notes, around),
    }),
    ...surroundingSettings(notes, around, { instances, scaled }),
    routers,
    metrics,
  };
  const strategy = canaryStrategy(reading, { instances, counted: metrics !== null });
  tellOfCanary(reading, metrics !== null);
  return concluded(
    notes,
    clusterComponent(
      {
        name: spec.targetRef.name,
        instances,
        template,
        port: address?.port ?? null,
        kubernetes,
        strategy,
        route,
        request: {
          ...(timeoutMs === null ? {} : { timeoutMs }),
          protocol: speaksGrpc(spec) ? 'h2c' : 'http1',
        },
      },
      settings,
    ),
  );
}

function targetOf(
  notes: AdoptionNotes,
  canary: ManifestDocument,
  { targetRef }: CanarySpec,
  among: { readonly documents: readonly ManifestDocument[]; readonly settings: AdoptionSettings },
): ManifestDocument | undefined {
  const { documents, settings } = among;
  const { kind, name } = targetRef;
  const path = ['spec', 'targetRef'];
  const namespace = namespaceOf(canary, settings.namespace);
  if (kind === 'Service') {
    notes.fault(
      canary,
      [...path, 'kind'],
      'Behind a Service there is nothing that Sluice could release. Let the Canary target the Deployment or DaemonSet.',
    );
    return undefined;
  }
  const others = manifestsOfKind(documents, 'Canary', namespace, settings.namespace).filter(({ object }) => {
    const other = object.spec?.['targetRef'] as { kind?: unknown; name?: unknown } | undefined;
    return object !== canary.object && other?.kind === kind && other.name === name;
  });
  if (others[0])
    notes.fault(
      canary,
      path,
      `Canary ${others[0].object.metadata.name} has the same target; two of them would undo each other’s work. Keep one.`,
    );
  const target = findManifest(documents, { kind, name, namespace }, settings.namespace);
  if (!target)
    notes.fault(
      canary,
      path,
      `${kind} ${namespace}/${name} is not among the files; add the file that has it, since its pod template is what is released.`,
    );
  return target && isUnderstood(notes, target) ? target : undefined;
}

function scalerOf(reading: CanaryReading): AdoptedAutoscaler | undefined {
  const { notes, document, documents, settings, namespace, spec } = reading;
  const { autoscalerRef } = spec;
  if (!autoscalerRef) return undefined;
  const { kind, name, primaryScalerReplicas } = autoscalerRef;
  const path = ['spec', 'autoscalerRef'];
  if (kind === 'ScaledObject') {
    notes.fault(document, path, NO_KEDA);
    return undefined;
  }
  const scaler = findManifest(documents, { kind, name, namespace }, settings.namespace);
  if (!scaler) {
    notes.fault(
      document,
      path,
      `${kind} ${namespace}/${name} is not among the files; add the file that has it.`,
    );
    return undefined;
  }
  return adoptAutoscaler(notes, scaler, primaryScalerReplicas);
}

/** The judge gets figures when it is known where they are, and that they are there. */
function metricsOf({ provider, prometheus, spec }: CanaryReading): KubernetesSettings['metrics'] {
  const isMesh = provider === 'istio' || provider === 'linkerd';
  const hasBuiltins = (spec.analysis.metrics ?? []).some(({ name }) => isBuiltin(name));
  if (prometheus === null || spec.skipAnalysis || !(isMesh || hasBuiltins)) return null;
  return prometheusAt(prometheus, SOURCES[COUNTED_BY[provider]]);
}

const speaksGrpc = ({ service }: CanarySpec): boolean =>
  [service?.portName, service?.appProtocol].some((text) => /grpc|h2c|http2/i.test(text ?? ''));
