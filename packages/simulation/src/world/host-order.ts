import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { FenceRefusal } from './fence.ts';

/** An order to the host, as the protocol has them, without what a simulated process does not need. */
export type HostOrder =
  | {
      readonly kind: 'capacity';
      readonly generation: number;
      readonly revision: RevisionId;
      readonly instances: number;
      readonly dedicatedPorts: boolean;
    }
  | { readonly kind: 'split'; readonly generation: number; readonly split: Split }
  | { readonly kind: 'retire'; readonly generation: number; readonly revision: RevisionId };

/** What the host answers: done, or the code of a refusal. */
export type HostAnswer =
  | 'done'
  | FenceRefusal
  | 'still-routed'
  | 'no-ready-instance'
  | 'revision-not-run'
  | 'revision-retiring';
