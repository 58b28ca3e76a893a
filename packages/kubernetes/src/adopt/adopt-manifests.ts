import type { ComponentAdoption } from './adopted-component.ts';
import type { Adoption, AdoptionSettings, ManifestDocument, ManifestFault } from './adoption.ts';
import { adoptRollout } from './argo/adopt-rollout.ts';
import { duplicateFaults } from './duplicate-faults.ts';
import { adoptCanary } from './flagger/adopt-canary.ts';
import { mergedDifferences } from './merged-differences.ts';
import { readManifests } from './read-manifests.ts';
import { adoptWorkload } from './workloads/adopt-workload.ts';

type Adopt = (
  document: ManifestDocument,
  documents: readonly ManifestDocument[],
  settings: AdoptionSettings,
) => ComponentAdoption;

/**
 * Understands files of other tools: Rollouts of Argo, Canaries of Flagger, and Deployments, StatefulSets and DaemonSets
 * that neither of them releases. Either all of it is understood, or every fault of every file is told.
 */
export function adoptManifests(
  files: readonly { readonly file: string; readonly text: string }[],
  settings: AdoptionSettings,
): Adoption {
  const readings = files.map(({ file, text }) => readManifests(text, file));
  const faults = readings.flatMap((reading) => (reading.ok ? [] : reading.faults));
  if (faults.length > 0) return { ok: false, faults };
  const documents = readings.flatMap((reading) => (reading.ok ? reading.documents : []));
  const twice = duplicateFaults(documents);
  if (twice.length > 0) return { ok: false, faults: twice };
  return together(documents, adoptedOnes(documents, settings), settings);
}

/** One adoption per workload; a Deployment that a Rollout or Canary releases is adopted with it and not by itself. */
function adoptedOnes(
  documents: readonly ManifestDocument[],
  settings: AdoptionSettings,
): readonly ComponentAdoption[] {
  const released = releasedBy(documents, settings);
  return documents.flatMap((document) => {
    const adopt = adopterOf(document);
    return adopt === undefined || released.has(document) ? [] : [adopt(document, documents, settings)];
  });
}

const WORKLOADS: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet'];
const RELEASED_BY_OTHERS: readonly string[] = ['Rollout', 'Canary'];

function adopterOf({ object: { apiVersion, kind } }: ManifestDocument): Adopt | undefined {
  const group = apiVersion.split('/')[0];
  if (kind === 'Rollout' && group === 'argoproj.io') return adoptRollout;
  if (kind === 'Canary' && group === 'flagger.app') return adoptCanary;
  if (WORKLOADS.includes(kind) && group === 'apps') return adoptWorkload;
  return undefined;
}

/** Workloads that a Rollout (`workloadRef`) or a Canary (`targetRef`) of the files names. */
function releasedBy(
  documents: readonly ManifestDocument[],
  { namespace }: AdoptionSettings,
): ReadonlySet<ManifestDocument> {
  const identity = (kind: unknown, name: unknown, place: string | undefined): string =>
    JSON.stringify([kind, name, place ?? namespace]);
  const named = new Set<string>();
  for (const { object } of documents) {
    const key = { Rollout: 'workloadRef', Canary: 'targetRef' }[object.kind];
    const reference = key === undefined ? undefined : object.spec?.[key];
    if (typeof reference === 'object' && reference !== null && 'name' in reference)
      named.add(identity(reference['kind'], reference['name'], object.metadata.namespace));
  }
  return new Set(
    documents.filter(
      ({ object }) =>
        object.kind !== 'Rollout' &&
        object.kind !== 'Canary' &&
        named.has(identity(object.kind, object.metadata.name, object.metadata.namespace)),
    ),
  );
}

function together(
  documents: readonly ManifestDocument[],
  adoptions: readonly ComponentAdoption[],
  { application, environment }: AdoptionSettings,
): Adoption {
  const faults = [
    ...adoptions.flatMap((adoption) => (adoption.ok ? [] : adoption.faults)),
    ...(adoptions.length === 0 ? [nothingFound(documents)] : []),
  ];
  const adopted = adoptions.flatMap((adoption) => (adoption.ok ? [adoption] : []));
  const sameNames = nameFaults(
    adopted.map(({ component, used }) => ({ name: component.name, document: used[0] })),
  );
  if (faults.length > 0 || sameNames.length > 0) return { ok: false, faults: [...faults, ...sameNames] };
  const used = new Set(adopted.flatMap((one) => one.used));
  return {
    ok: true,
    application: {
      application,
      environment,
      components: adopted.map(({ component }) => component),
      checks: adopted.flatMap(({ checks }) => checks),
    },
    differences: mergedDifferences(adopted.flatMap(({ differences }) => differences)),
    parts: adopted.map(({ component, checks, differences, used: own }) => ({
      ...{ component, checks, differences },
      files: [...new Set(documents.filter((document) => own.includes(document)).map(({ file }) => file))],
    })),
    unused: documents.filter((document) => !used.has(document)).map(titleOf),
  };
}

const titleOf = ({ object, file }: ManifestDocument): string =>
  `${object.kind} ${object.metadata.name} (${file})`;

function nothingFound(documents: readonly ManifestDocument[]): ManifestFault {
  const kinds = [...new Set(documents.map(kindOf))].join(', ');
  const message = `There is nothing to release: a Rollout, a Canary, a Deployment, a StatefulSet or a DaemonSet was expected${kinds === '' ? '' : `, and there is only ${kinds}`}.`;
  return { file: documents[0]?.file ?? '', line: 1, path: '', message };
}

/** Of a kind that is released the version is told, for it is not one that is. */
function kindOf({ object: { apiVersion, kind } }: ManifestDocument): string {
  if (WORKLOADS.includes(kind)) return `${kind} of ${apiVersion}, which is apps/v1 today`;
  return RELEASED_BY_OTHERS.includes(kind) ? `${kind} of ${apiVersion}` : kind;
}

/** What a component may be called: a DNS label, since it is part of other names. */
const COMPONENT_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Components of one application have names of their own. */
function nameFaults(
  named: readonly { readonly name: string; readonly document: ManifestDocument | undefined }[],
): readonly ManifestFault[] {
  return named.flatMap(({ name, document }, index) => {
    const isFirst = named.findIndex((other) => other.name === name) === index;
    if (!document || (isFirst && COMPONENT_NAME.test(name))) return [];
    const message = isFirst
      ? `A component of Sluice has a name of lower-case letters, digits and hyphens; ${name} has another, so rename it.`
      : `Two workloads would be called ${name}; adopt them as two applications, or rename one.`;
    return [
      { file: document.file, line: document.line(['metadata', 'name']), path: titleOf(document), message },
    ];
  });
}
