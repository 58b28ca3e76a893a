/** What was told to channels, and what became of it. */
import { z } from 'zod';
import { severitySchema } from './channels.ts';

const instant = (what: string) => z.int().describe(`${what} In milliseconds since the epoch.`);
const next = z.string().nullable().describe('Give it as `cursor` to go on; null at the end.');
const by = z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.');

/** How far a delivery has come. */
export const deliveryStateSchema = z.enum(['waiting', 'delivered', 'dead']);

/** Something that is to be told to a channel, or was. */
export const deliverySchema = z
  .object({
    id: z.string(),
    channel: z.string(),
    subscription: z.string().nullable().describe('The one that wanted it first.'),
    event: z.string().describe('Id of the event, the same at each attempt.'),
    kind: z.string(),
    severity: severitySchema,
    title: z.string(),
    state: deliveryStateSchema,
    attempts: z.int(),
    dueAt: instant('When it is told next, while it waits.').nullable(),
    failure: z.string().nullable().describe('Why the last attempt failed.'),
    createdAt: instant('When it was put into the outbox.'),
    finishedAt: instant('When it was told or given up.').nullable(),
  })
  .meta({ id: 'Delivery' });
/** A delivery on the wire. */
export type DeliveryView = z.infer<typeof deliverySchema>;

/** Deliveries, the newest first. */
export const deliveryPageSchema = z
  .object({ items: z.array(deliverySchema), next })
  .meta({ id: 'DeliveryPage' });

/** Who wants something told once more. */
export const replayRequestSchema = z.strictObject({ by }).meta({ id: 'ReplayRequest' });

/** What is told once more. */
export const replayedSchema = z
  .object({ replayed: z.int().describe('How many deliveries are told once more; at most 1,000 at once.') })
  .meta({ id: 'Replayed' });
/** What is told once more. */
export type ReplayedView = z.infer<typeof replayedSchema>;
