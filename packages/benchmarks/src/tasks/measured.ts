import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';

/** What all tasks of the measurement belong to. */
export const MEASURED = {
  queue: trackId('shop', 'production', 'agent'),
  revision: revisionId('agent-1'),
} as const;
