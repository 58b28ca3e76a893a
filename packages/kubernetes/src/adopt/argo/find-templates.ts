import type { ManifestDocument } from '../adoption.ts';
import type { ManifestPath } from '../workloads/check-shape.ts';
import { findManifest } from '../workloads/find-manifest.ts';
import { ARGO_VERSION, type ArgoAdoption, faultOf } from './argo-adoption.ts';
import type { TemplateReference } from './rollout-spec.ts';
import { TEMPLATE_SPEC, type TemplateSpec } from './template-shape.ts';
import { withoutNulls } from './without-nulls.ts';

/** A template that an analysis runs. */
export interface FoundTemplate {
  readonly document: ManifestDocument;
  readonly spec: TemplateSpec;
}

/**
 * The templates that an analysis names and those that they name, each once, as Argo flattens them; undefined after a
 * fault.
 *
 * @param path where the Rollout names them
 */
export function findTemplates(
  adoption: ArgoAdoption,
  references: readonly TemplateReference[],
  path: ManifestPath,
): readonly FoundTemplate[] | undefined {
  const found = new Map<ManifestDocument, FoundTemplate>();
  let isSound = true;
  const visit = (reference: TemplateReference, missing: (message: string) => void): void => {
    const document = documentOf(adoption, reference);
    if (document === undefined) {
      isSound = false;
      return missing(
        `${kindOf(reference)} ${reference.templateName} is not among the files; add the file with it.`,
      );
    }
    if (found.has(document)) return;
    const spec = specOf(adoption, document);
    if (spec === undefined) {
      isSound = false;
      return;
    }
    found.set(document, { document, spec });
    adoption.notes.use(document);
    for (const [index, inner] of (spec.templates ?? []).entries())
      visit(inner, (message) => adoption.notes.fault(document, ['spec', 'templates', index], message));
  };
  for (const [index, reference] of references.entries())
    visit(reference, (message) => faultOf(adoption, [...path, index, 'templateName'], message));
  return isSound ? [...found.values()] : undefined;
}

const kindOf = ({ clusterScope }: TemplateReference): string =>
  clusterScope ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate';

function documentOf(
  { documents, namespace, settings }: ArgoAdoption,
  reference: TemplateReference,
): ManifestDocument | undefined {
  const { templateName: name } = reference;
  if (!reference.clusterScope)
    return findManifest(documents, { kind: 'AnalysisTemplate', name, namespace }, settings.namespace);
  return documents.find(
    ({ object }) => object.kind === 'ClusterAnalysisTemplate' && object.metadata.name === name,
  );
}

function specOf({ notes }: ArgoAdoption, document: ManifestDocument): TemplateSpec | undefined {
  const { apiVersion, kind, spec } = document.object;
  if (apiVersion !== ARGO_VERSION) {
    notes.fault(
      document,
      ['apiVersion'],
      `${apiVersion} is not a version of ${kind} that is understood; ${ARGO_VERSION} is.`,
    );
    return undefined;
  }
  const written = withoutNulls(spec ?? {});
  return notes.check(document, TEMPLATE_SPEC, written, ['spec']) ? (written as TemplateSpec) : undefined;
}
