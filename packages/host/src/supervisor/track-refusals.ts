import { type Result, refuse } from '@sluice/core/kernel/result.ts';
import type { SplitOrder } from '@sluice/protocol/host/host-schema.ts';

/** There is nothing of that name here. */
export const unknownRevision = (revision: string): Result<never> =>
  refuse('revision-unknown', `This host does not run the revision ${revision}.`, 'Nothing is left to do.');

/** Another track takes those requests already. */
export const routeTaken = ({ route }: SplitOrder, holder: string): Result<never> =>
  refuse(
    'route-taken',
    `The route ${route.host ?? 'any host'} ${route.path} already belongs to the track ${holder}.`,
    'Give the component another host or path, or retire the other track first.',
  );

/** Invariant 2: nothing is stopped that a request may still reach. */
export const stillRouted = (revision: string): Result<never> =>
  refuse(
    'still-routed',
    `The split in force may still send requests to the revision ${revision}.`,
    'Put a split in force that leaves the revision out, then order this again.',
  );

/** Two orders met, and the newer one won. */
export const retirementSuperseded = (revision: string): Result<never> =>
  refuse(
    'retirement-superseded',
    `The revision ${revision} was ordered again while it was being retired.`,
    'Read the current state and decide again.',
  );
