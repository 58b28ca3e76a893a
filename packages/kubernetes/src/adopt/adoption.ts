import type { ApplicationSpec, CheckSpec, ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';

/** One document of a file of manifests. */
export interface ManifestDocument {
  readonly object: KubernetesObject;
  readonly file: string;
  /** Line (from 1) of the value at a path, or of the nearest thing around it that is there. */
  line(path: readonly (string | number)[]): number;
}

/** What is wrong with a file of manifests, and where. */
export interface ManifestFault {
  readonly file: string;
  readonly line: number;
  /** Such as `Rollout web: spec.strategy.canary.steps[2]`. */
  readonly path: string;
  /** What is wrong and what was expected. */
  readonly message: string;
}

/** Where Sluice does something else than the tool whose file it is; told before anything happens. */
export interface Difference {
  readonly file: string;
  readonly line: number;
  readonly path: string;
  /** One or two sentences: what that tool does, what Sluice does instead, and why. */
  readonly message: string;
}

/** What is known beside the files. */
export interface AdoptionSettings {
  readonly application: string;
  readonly environment: string;
  /** The name under which the cluster is registered. */
  readonly cluster: string;
  /** Namespace of objects that name none. */
  readonly namespace: string;
  /** Where Prometheus is, when the files do not say. */
  readonly prometheus: string | null;
}

/** What files say of one component of an application. */
export interface AdoptedPart {
  readonly component: ComponentSpec;
  readonly checks: readonly CheckSpec[];
  readonly differences: readonly Difference[];
  /** The files that it was taken from, in their order. */
  readonly files: readonly string[];
}

/** Files of another tool, understood: an application that Sluice can release. */
export type Adoption =
  | {
      readonly ok: true;
      readonly application: ApplicationSpec;
      readonly differences: readonly Difference[];
      /** The same by component, in the order of the components. */
      readonly parts: readonly AdoptedPart[];
      /** Documents that nothing of the application uses. */
      readonly unused: readonly string[];
    }
  | { readonly ok: false; readonly faults: readonly ManifestFault[] };
