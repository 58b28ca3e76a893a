import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { ServiceAccountSettings } from '../../settings/kubernetes-settings.ts';
import type { ManifestDocument } from '../adoption.ts';
import type { AdoptionNotes } from './adoption-notes.ts';
import { isRecord } from './check-shape.ts';
import { findManifest, isUnderstood, manifestsOfKind } from './find-manifest.ts';
import { servingContainer } from './instance-facts.ts';
import type { PodTemplate } from './pod-template.ts';
import { ANYTHING, objectOf, type Shape, TEXT, TEXTS } from './shape.ts';
import { templateReferences } from './template-references.ts';

/** A workload being read, and where to look for what belongs to it. */
export interface Surroundings {
  readonly document: ManifestDocument;
  readonly documents: readonly ManifestDocument[];
  readonly namespace: string;
  /** Namespace of documents that name none. */
  readonly byDefault: string;
  readonly template: PodTemplate;
}

/** Kept out of copying, as Flagger keeps it: the object is shared by all revisions. */
const TRACKING_ANNOTATION = 'flagger.app/config-tracking';

const BUDGET: Shape = objectOf({
  minAvailable: { kind: 'number-or-text' },
  maxUnavailable: { kind: 'number-or-text' },
  selector: objectOf({ matchLabels: TEXTS, matchExpressions: ANYTHING }),
  unhealthyPodEvictionPolicy: TEXT,
});

/**
 * ConfigMaps of the files that the template names: they become part of the revision. Secrets and what is not among the
 * files are used as the cluster has them, and that is told.
 */
export function adoptConfigs(notes: AdoptionNotes, around: Surroundings): readonly JsonObject[] {
  const { document, documents, namespace, byDefault, template } = around;
  const { configMaps, secrets } = templateReferences(template);
  const found = configMaps.map((name) => ({
    name,
    manifest: findManifest(documents, { kind: 'ConfigMap', name, namespace }, byDefault),
  }));
  const kept = found.flatMap(({ manifest }) => (manifest && !isShared(manifest) ? [manifest] : []));
  const shared = [
    ...found.flatMap(({ name, manifest }) => (manifest && !isShared(manifest) ? [] : [`ConfigMap ${name}`])),
    ...secrets.map((name) => `Secret ${name}`),
  ];
  if (shared.length > 0)
    notes.differ(
      document,
      ['spec', 'template'],
      `${shared.join(', ')}: used as the cluster has ${shared.length > 1 ? 'them' : 'it'}, by every revision; a change there alone is no release and is not rolled back. ConfigMaps become part of a revision when they are among the files; values of Secrets never do.`,
    );
  kept.forEach(notes.use);
  return kept.map(({ object }) => object as unknown as JsonObject);
}

const isShared = ({ object }: ManifestDocument): boolean =>
  (object.metadata.annotations?.[TRACKING_ANNOTATION] ?? '').startsWith('disable');

/** Tells of a program that serves and never says whether it is ready. */
export function tellOfReadiness(
  notes: AdoptionNotes,
  { document, template }: Surroundings,
  port: number | null,
): void {
  if (port === null || servingContainer(template, port).readinessProbe) return;
  notes.differ(
    document,
    ['spec', 'template', 'spec', 'containers'],
    'The serving container has no readinessProbe: its pods count as ready as soon as they run, and get requests that they may not be able to answer yet.',
  );
}

/** The service account of the template, which is left as it is. */
export function adoptServiceAccount(
  notes: AdoptionNotes,
  { documents, namespace, byDefault, template }: Surroundings,
): ServiceAccountSettings | null {
  const name = template.serviceAccount;
  if (name === null) return null;
  const manifest = findManifest(documents, { kind: 'ServiceAccount', name, namespace }, byDefault);
  if (manifest)
    notes.differ(
      manifest,
      [],
      'The pods go on using it; Sluice neither makes nor changes it, so go on applying it yourself.',
    );
  const spec = template.whole['spec'];
  const token = isRecord(spec) ? spec['automountServiceAccountToken'] !== false : true;
  return { name, create: false, annotations: {}, token };
}

/**
 * Pods that a drain may take at once, from a PodDisruptionBudget over the pods; null when there is none. Every revision
 * gets a budget of its own, because one over all of them would count a candidate's pods for stable's.
 */
export function adoptBudget(
  notes: AdoptionNotes,
  { documents, namespace, byDefault, template }: Surroundings,
  instances: number,
): number | string | null {
  const budget = manifestsOfKind(documents, 'PodDisruptionBudget', namespace, byDefault).find((manifest) =>
    selects(manifest, template.labels),
  );
  if (!budget || !isUnderstood(notes, budget)) return null;
  if (!notes.check(budget, BUDGET, budget.object.spec, ['spec'])) return null;
  const { minAvailable, maxUnavailable } = budget.object.spec as {
    minAvailable?: number | string;
    maxUnavailable?: number | string;
  };
  notes.use(budget);
  notes.differ(
    budget,
    [],
    'Sluice makes one budget per revision with the same limit; delete this one from the cluster, because it counts the pods of all revisions together.',
  );
  if (maxUnavailable !== undefined) return maxUnavailable;
  if (typeof minAvailable === 'number') return Math.max(1, instances - minAvailable);
  const percent = /^(\d+)%$/.exec(minAvailable ?? '')?.[1];
  return percent === undefined ? null : `${Math.max(0, 100 - Number(percent))}%`;
}

/** Whether the selector of a budget (by labels alone) takes pods with these labels. */
function selects({ object }: ManifestDocument, labels: Readonly<Record<string, string>>): boolean {
  const selector = object.spec?.['selector'];
  const wanted = isRecord(selector) ? selector['matchLabels'] : undefined;
  return isRecord(wanted) && includesLabels(labels, wanted);
}

/** Whether labels have every one that is wanted, and something is wanted at all. */
export const includesLabels = (
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, unknown>>,
): boolean =>
  Object.keys(wanted).length > 0 && Object.entries(wanted).every(([label, value]) => labels[label] === value);
