import {
  APPLICATION_LABEL,
  COMPONENT_LABEL,
  GENERATION_ANNOTATION,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  REVISION,
  revisionSelector,
  TRACK,
  trackSelector,
  VERSION_LABEL,
  withoutOwnKeys,
  type Labels,
} from '../objects/labels.ts';
import type { ObjectMetadata } from '../objects/kubernetes-object.ts';
import { labelValue } from '../objects/names.ts';
import type { RenderedRevision } from './rendered-revision.ts';

/** Labels and annotations; the generation stands only on objects, never in a pod template, where it would restart pods. */
export interface Marks {
  readonly labels: Labels;
  readonly annotations: Labels;
}

/** What marks a pod as one of a revision's; labels and annotations of the settings are added and override nothing. */
export function podMarks(of: RenderedRevision): Marks {
  return {
    labels: {
      ...withoutOwnKeys(of.settings.labels),
      ...componentLabels(of),
      [VERSION_LABEL]: labelValue(of.version),
      ...revisionSelector(of.track, of.revision),
    },
    annotations: { ...withoutOwnKeys(of.settings.annotations), [TRACK]: of.track, [REVISION]: of.revision },
  };
}

/** Metadata of an object that belongs to one revision. */
export function revisionMetadata(of: RenderedRevision, name: string, generation: number): ObjectMetadata {
  const { labels, annotations } = podMarks(of);
  return {
    name,
    namespace: of.settings.namespace,
    labels,
    annotations: { ...annotations, [GENERATION_ANNOTATION]: String(generation) },
  };
}

/** Metadata of an object that a track has once. */
export function trackMetadata(of: RenderedRevision, name: string, generation: number): ObjectMetadata {
  return {
    name,
    namespace: of.settings.namespace,
    labels: { ...withoutOwnKeys(of.settings.labels), ...componentLabels(of), ...trackSelector(of.track) },
    annotations: {
      ...withoutOwnKeys(of.settings.annotations),
      [TRACK]: of.track,
      [GENERATION_ANNOTATION]: String(generation),
    },
  };
}

/**
 * Metadata of an object that all components of an application share in an environment. It names no track and no
 * generation: tracks count their generations apart, and what is shared must not go when one component does.
 */
export function environmentMetadata(of: RenderedRevision, name: string): ObjectMetadata {
  const annotations = withoutOwnKeys(of.settings.annotations);
  return {
    name,
    namespace: of.settings.namespace,
    labels: {
      ...withoutOwnKeys(of.settings.labels),
      [MANAGED_BY_LABEL]: MANAGED_BY,
      [APPLICATION_LABEL]: labelValue(of.application),
    },
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

const componentLabels = (of: RenderedRevision): Labels => ({
  [COMPONENT_LABEL]: labelValue(of.component.name),
  [APPLICATION_LABEL]: labelValue(of.application),
  [MANAGED_BY_LABEL]: MANAGED_BY,
});
