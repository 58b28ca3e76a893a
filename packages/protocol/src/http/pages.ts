/** The parts in which long lists are read; `next` is an opaque cursor. */
import { z } from 'zod';
import { eventSchema, ledgerEntrySchema, rolloutSchema, trackSchema } from './views.ts';

/** Most entries of one page. */
export const PAGE_LIMIT = 200;
/** Entries of a page when nothing is asked. */
export const PAGE_DEFAULT = 50;

const next = z.string().nullable().describe('Give it as `cursor` to go on; null at the end.');

/** Tracks in the order of their ids. */
export const trackPageSchema = z.object({ items: z.array(trackSchema), next }).meta({ id: 'TrackPage' });
/** Rollouts, newest first. */
export const rolloutPageSchema = z
  .object({ items: z.array(rolloutSchema), next })
  .meta({ id: 'RolloutPage' });
/** Events, oldest first. */
export const eventPageSchema = z.object({ items: z.array(eventSchema), next }).meta({ id: 'EventPage' });
/** Ledger entries, newest first. */
export const ledgerPageSchema = z
  .object({ items: z.array(ledgerEntrySchema), next })
  .meta({ id: 'LedgerPage' });

/** Part of a longer list on the wire. */
export interface PageView<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}
