import type { ComponentAdoption } from '../adopted-component.ts';
import type { AdoptionSettings, ManifestDocument } from '../adoption.ts';
import { adoptDeployment } from './adopt-deployment.ts';
import { adoptInPlace } from './adopt-in-place.ts';
import { adoptionNotes } from './adoption-notes.ts';
import { concluded } from './concluded.ts';
import { DAEMON_SET_SPEC, DEPLOYMENT_SPEC, STATEFUL_SET_SPEC } from './deployment-shape.ts';
import { isUnderstood } from './find-manifest.ts';
import type { Shape } from './shape.ts';
import { adoptWithoutNulls } from './without-nulls.ts';

/** Annotation that asks for a Deployment to be changed in place; its only value is `in-place`. */
export const ADOPT_ANNOTATION = 'sluice.dev/adopt';

const SPECS: Readonly<Record<string, Shape>> = {
  Deployment: DEPLOYMENT_SPEC,
  StatefulSet: STATEFUL_SET_SPEC,
  DaemonSet: DAEMON_SET_SPEC,
};

/** A plain Deployment, StatefulSet or DaemonSet as a component, or everything that keeps it from being one. */
export const adoptWorkload = (
  workload: ManifestDocument,
  documents: readonly ManifestDocument[],
  settings: AdoptionSettings,
): ComponentAdoption =>
  adoptWithoutNulls(workload, documents, (cleaned, all) => adoptCleaned(cleaned, all, settings));

function adoptCleaned(
  workload: ManifestDocument,
  documents: readonly ManifestDocument[],
  settings: AdoptionSettings,
): ComponentAdoption {
  const notes = adoptionNotes();
  const shape = SPECS[workload.object.kind];
  if (!shape) {
    notes.fault(workload, ['kind'], 'A Deployment, a StatefulSet or a DaemonSet was expected.');
    return concluded(notes, undefined);
  }
  const isSound =
    isUnderstood(notes, workload) && notes.check(workload, shape, workload.object.spec, ['spec']);
  if (!isSound) return concluded(notes, undefined);
  const wish = workload.object.metadata.annotations?.[ADOPT_ANNOTATION];
  if (wish !== undefined && wish !== 'in-place')
    notes.fault(
      workload,
      ['metadata', 'annotations', ADOPT_ANNOTATION],
      `The only value of ${ADOPT_ANNOTATION} is in-place.`,
    );
  return workload.object.kind === 'Deployment' && wish === undefined
    ? adoptDeployment(notes, workload, documents, settings)
    : adoptInPlace(notes, workload, documents, settings);
}
