/** Channels, who subscribes to what, and what became of it. */
import { z } from 'zod';
import { channelSettingsSchema } from '../channels/channel-settings.ts';

const instant = (what: string) => z.int().describe(`${what} In milliseconds since the epoch.`);
const next = z.string().nullable().describe('Give it as `cursor` to go on; null at the end.');
const by = z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.');

/** The names of channels and subscriptions, as they stand in paths. */
export const channelNameSchema = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
  .describe('A name of lower-case letters, digits and "-", at most 63 long.');

/** How much an event matters. */
export const severitySchema = z.enum(['info', 'notice', 'warning', 'critical']);

/** What a channel is to be. */
export const channelRequestSchema = z
  .strictObject({ settings: channelSettingsSchema, by })
  .meta({ id: 'ChannelRequest' });
/** What a channel is to be, with its defaults. */
export type ChannelRequest = z.output<typeof channelRequestSchema>;

/** A channel, and how it is with its receiver. */
export const channelSchema = z
  .object({
    name: z.string(),
    kind: z.string(),
    settings: z
      .record(z.string(), z.unknown())
      .describe('As they were given: references to secrets, never a secret.'),
    disabledReason: z
      .string()
      .nullable()
      .describe('Why nothing is told any more; null while it is. Put the channel again to go on.'),
    waiting: z.int().describe('Deliveries that wait to be told, or to be tried again.'),
    dead: z.int().describe('Deliveries that were given up; they can be replayed.'),
    deliveredAt: instant('When it was last told something.').nullable(),
    failedAt: instant('When that last failed.').nullable(),
    failure: z.string().nullable().describe('Why it last failed.'),
    failures: z.int().describe('Attempts that failed since one did not.'),
    createdAt: instant('When it was added.'),
  })
  .meta({ id: 'Channel' });
/** A channel on the wire. */
export type ChannelView = z.infer<typeof channelSchema>;

/** Channels in the order of their names. */
export const channelPageSchema = z
  .object({ items: z.array(channelSchema), next })
  .meta({ id: 'ChannelPage' });

/** Whose test it is. */
export const channelTestRequestSchema = z.strictObject({ by }).meta({ id: 'ChannelTestRequest' });

/** What came of a test. */
export const channelTestSchema = z
  .object({
    delivered: z.boolean(),
    message: z.string().nullable().describe('What went wrong; null when nothing did.'),
  })
  .meta({ id: 'ChannelTest' });
/** What came of a test. */
export type ChannelTestView = z.infer<typeof channelTestSchema>;

const patterns = (what: string) =>
  z.array(z.string().min(1).max(200)).min(1).max(50).default(['*']).describe(what);

/** How much a subscription tells at most. */
export const throttleSchema = z
  .strictObject({
    most: z.int().min(1).max(10_000).describe('Notices in a window.'),
    perMs: z
      .int()
      .min(1_000)
      .max(7 * 86_400_000)
      .describe('Length of a window, in milliseconds.'),
  })
  .describe(
    'What comes beyond it is summed up in one notice when the window ends; what is critical is always told.',
  );

const subscriptionShape = {
  channel: channelNameSchema,
  kinds: patterns('Kinds of events; `*` stands for anything: `rollout.*`.'),
  projects: patterns('Names of projects; `*` stands for anything.'),
  applications: patterns('Names of applications; `*` stands for anything.'),
  environments: patterns('Names of environments; `*` stands for anything.'),
  components: patterns('Names of components; `*` stands for anything.'),
  severity: severitySchema.default('notice').describe('The least that matters.'),
  throttle: throttleSchema.nullable().default(null),
};

/** Who is to hear what. */
export const subscriptionRequestSchema = z
  .strictObject({ ...subscriptionShape, by })
  .meta({ id: 'SubscriptionRequest' });
/** Who is to hear what, with its defaults. */
export type SubscriptionRequest = z.output<typeof subscriptionRequestSchema>;

/** Who hears what. */
export const subscriptionSchema = z
  .object({
    name: z.string(),
    channel: z.string(),
    kinds: z.array(z.string()),
    projects: z.array(z.string()),
    applications: z.array(z.string()),
    environments: z.array(z.string()),
    components: z.array(z.string()),
    severity: severitySchema,
    throttle: z.object({ most: z.int(), perMs: z.int() }).nullable(),
    withheld: z.int().describe('How many events the present window holds back so far.'),
    createdAt: instant('When it was added.'),
  })
  .meta({ id: 'Subscription' });
/** A subscription on the wire. */
export type SubscriptionView = z.infer<typeof subscriptionSchema>;

/** Subscriptions in the order of their names. */
export const subscriptionPageSchema = z
  .object({ items: z.array(subscriptionSchema), next })
  .meta({ id: 'SubscriptionPage' });
