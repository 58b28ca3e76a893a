import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { KubernetesSettings } from '../settings/kubernetes-settings.ts';
import type { ContainerSettings, InPlaceSettings, TemplateSettings } from '../settings/workload-settings.ts';

/** A revision, with all that its objects are made of. */
export interface RenderedRevision {
  readonly track: TrackId;
  readonly revision: RevisionId;
  readonly version: string;
  readonly application: string;
  readonly environment: string;
  readonly component: ComponentSpec;
  readonly settings: KubernetesSettings;
}

/** A revision of one container. */
export type ContainerRevision = RenderedRevision & {
  readonly settings: KubernetesSettings & { readonly workload: ContainerSettings };
};

/** A revision of a pod template of the user's own. */
export type TemplateRevision = RenderedRevision & {
  readonly settings: KubernetesSettings & { readonly workload: TemplateSettings };
};

/** A revision of a workload that is changed in place. */
export type InPlaceRevision = RenderedRevision & {
  readonly settings: KubernetesSettings & { readonly workload: InPlaceSettings };
};

/** How many instances of a revision are ordered, and under which fencing generation. */
export interface RevisionOrder {
  readonly instances: number;
  readonly generation: number;
  /** Values of the component's secrets by the name of their variable; without them no Secret is rendered. */
  readonly secretData?: Readonly<Record<string, string>>;
  /**
   * Becomes part of the Secret's name, because the Secret is immutable: other values must have another digest. It is read
   * by everybody who may list Secrets' names, so it should be keyed. At most 32 characters of it are used.
   */
  readonly secretDigest?: string;
}

/** The order that objects of a whole track rest on. */
export interface TrackOrder {
  readonly generation: number;
}

/** Whether it is a container in a few words. */
export const isContainer = (of: RenderedRevision): of is ContainerRevision =>
  of.settings.workload.kind === 'container';

/** Whether it is a pod template of the user's own. */
export const isTemplate = (of: RenderedRevision): of is TemplateRevision =>
  of.settings.workload.kind === 'template';

/** Whether it is a workload that is changed in place. */
export const isInPlace = (of: RenderedRevision): of is InPlaceRevision =>
  of.settings.workload.kind === 'in-place';
