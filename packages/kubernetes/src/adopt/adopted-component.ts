import type { CheckSpec, ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { Difference, ManifestDocument, ManifestFault } from './adoption.ts';

/** A workload of another tool, understood: what Sluice will run, and where it does something else. */
export interface AdoptedComponent {
  readonly component: ComponentSpec;
  /** Checks that the component's strategy names; their names must be unique in the application. */
  readonly checks: readonly CheckSpec[];
  readonly differences: readonly Difference[];
  /** Documents that went into it, itself included. */
  readonly used: readonly ManifestDocument[];
}

/** A component, or everything that keeps it from being adopted. */
export type ComponentAdoption =
  | ({ readonly ok: true } & AdoptedComponent)
  | { readonly ok: false; readonly faults: readonly ManifestFault[] };
