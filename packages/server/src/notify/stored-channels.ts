/**
 * Purpose: what people may do with channels, over the store.
 *
 * Owns the tables `channels`, `subscriptions` and `deliveries` together with the desk. 1. Where a channel leads is judged before it is
 * kept, and its secrets must be readable. 2. Who added, changed, removed, tried or replayed what stands in the ledger.
 */
import { randomUUID } from 'node:crypto';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { ChannelSettings } from '@sluice/protocol/channels/channel-settings.ts';
import type { SecretReference } from '@sluice/protocol/channels/secret-reference.ts';
import type { SubscriptionRequest } from '@sluice/protocol/http/channels.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import {
  type ChannelRow,
  countChannels,
  findChannel,
  listChannels,
  putChannel,
  removeChannel,
} from '../store/notify/channels.ts';
import { findDelivery, listDeliveries, replayDeliveries } from '../store/notify/deliveries.ts';
import { appendLedger } from '../store/journal/append-journal.ts';
import { findOrigin } from '../store/notify/outbox.ts';
import {
  countSubscriptions,
  findSubscription,
  listSubscriptions,
  putSubscription,
  removeSubscription,
} from '../store/notify/subscriptions.ts';
import { pageOf } from '../store/paging/page-of.ts';
import { refusedDestination } from '../rollouts/problems.ts';
import type { Channel, ChannelAdapter } from './channel.ts';
import type { ChannelRegistry, DeliveryRegistry, SubscriptionRegistry } from './channel-registry.ts';
import {
  channelInUse,
  tooMany,
  unknownChannel,
  unknownDelivery,
  unknownSubscription,
  unreadableSecret,
  unservedKind,
  waitsAlready,
} from './channel-refusals.ts';
import { channelView, deliveryView, shownSettings, subscriptionView } from './channel-views.ts';
import { testNotice } from './event-notice.ts';
import { MOST_SUBSCRIPTIONS, TELL_WITHIN_MS } from './fan-out.ts';
import type { NotifyParts } from './notify-parts.ts';

/** How many channels a tenant may have. */
const MOST_CHANNELS = 200;
/** Deliveries that are replayed at once. */
const MOST_REPLAYED = 1_000;
/** A test is ended after this, in ms. */
const TEST_MS = 10_000;

/** What the registry needs of what runs. */
export interface RunningDesk {
  readonly open: (settings: ChannelSettings) => Channel;
  /** Has the outbox looked at. */
  readonly wake: () => void;
}

/** The channels of a tenant. */
export function storedChannels(parts: NotifyParts, running: RunningDesk): ChannelRegistry {
  const { db, tenant, now } = parts;
  const found = async (name: string) => {
    const row = await findChannel(db, tenant, name);
    return row ? ok(channelView(row)) : unknownChannel(name);
  };
  return {
    channels: ({ cursor, limit }) => {
      const after = cursor === null ? {} : { after: cursor };
      const read = (most: number) => listChannels(db, tenant, { ...after, limit: most });
      return pageOf(limit, read, { item: channelView, cursor: ({ name }) => name });
    },
    channel: found,
    put: async (name, { settings, by }) => {
      const refused = await refusalOf(parts, settings);
      if (refused) return refused;
      const before = await findChannel(db, tenant, name);
      if (!before && (await countChannels(db, tenant)) >= MOST_CHANNELS)
        return tooMany('channels', MOST_CHANNELS);
      const detail = { settings: shownSettings(settings) };
      const action = before ? 'channelChanged' : 'channelAdded';
      await putChannel(
        db,
        tenant,
        { name, settings },
        { at: now(), actor: by, action, subject: name, detail },
      );
      return found(name);
    },
    remove: async (name, by) => {
      const channel = await found(name);
      if (!channel.ok) return channel;
      const users = await listSubscriptions(db, tenant, { channel: name, limit: 10 });
      if (users.length > 0)
        return channelInUse(
          name,
          users.map((row) => row.name),
        );
      const entry = { at: now(), actor: by, action: 'channelRemoved', subject: name, detail: {} };
      return (await removeChannel(db, tenant, name, entry)) ? channel : unknownChannel(name);
    },
    test: async (name, by) => {
      const row = await findChannel(db, tenant, name);
      return row ? ok(await testOf(parts, running, { row, by })) : unknownChannel(name);
    },
    replayDead: async (name, by) => {
      const channel = await found(name);
      if (!channel.ok) return channel;
      const replayed = await replayDeliveries(
        db,
        tenant,
        { what: { deadOf: name }, expiresAt: now() + TELL_WITHIN_MS, limit: MOST_REPLAYED },
        (count) => ({ at: now(), actor: by, action: 'deliveriesReplayed', subject: name, detail: { count } }),
      );
      running.wake();
      return ok({ replayed });
    },
    subscriptions: storedSubscriptions(parts),
    deliveries: storedDeliveries(parts, running),
  };
}

/** Why a channel cannot be kept, before anything is written. */
async function refusalOf(
  { adapters, outgoing, readSecret }: NotifyParts,
  settings: ChannelSettings,
): Promise<Extract<Result<never, Problem>, { ok: false }> | undefined> {
  const adapter = adapters[settings.kind] as ChannelAdapter<ChannelSettings> | undefined;
  if (adapter === undefined) return unservedKind(settings.kind);
  for (const destination of adapter.destinations(settings)) {
    const checked = await outgoing.check(destination);
    if (!checked.ok) return refusedDestination(checked.refusal.message, checked.refusal.remedy);
  }
  for (const reference of referencesIn(settings)) {
    const fault = await readSecret(reference).then(
      () => null,
      (thrown: unknown) => SluiceError.from(thrown, 'reading the secret').message,
    );
    if (fault !== null) return unreadableSecret(fault);
  }
  return undefined;
}

/** Every reference to a secret in some settings. */
function referencesIn(value: unknown): readonly SecretReference[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  const keys = Object.keys(value);
  const isReference = keys.length === 1 && ['env', 'file', 'secret'].includes(keys[0] ?? '');
  return isReference ? [value as SecretReference] : Object.values(value).flatMap(referencesIn);
}

async function testOf(
  { db, tenant, now, outgoing, publicUrl }: NotifyParts,
  { open }: RunningDesk,
  { row, by }: { readonly row: ChannelRow; readonly by: string },
) {
  const from = { tenant, origin: await findOrigin(db, tenant), publicUrl };
  const notice = testNotice(row.name, by, { id: `test-${randomUUID()}`, at: now(), from });
  const { fetch, connect } = outgoing;
  const delivered = await open(row.settings as ChannelSettings)
    .deliver(notice, { fetch, connect, signal: AbortSignal.timeout(TEST_MS) })
    .catch(() => ({ ok: false, message: 'The attempt failed inside Sluice.' }) as const);
  const came = { delivered: delivered.ok, message: delivered.ok ? null : delivered.message };
  const entry = { at: now(), actor: by, action: 'channelTried', subject: row.name, detail: came };
  await db.transaction().execute((transaction) => appendLedger(transaction, tenant, [entry]));
  return came;
}

function storedSubscriptions({ db, tenant, now }: NotifyParts): SubscriptionRegistry {
  const found = async (name: string) => {
    const row = await findSubscription(db, tenant, name);
    return row ? ok(subscriptionView(row)) : unknownSubscription(name);
  };
  return {
    page: ({ cursor, limit }) => {
      const after = cursor === null ? {} : { after: cursor };
      const read = (most: number) => listSubscriptions(db, tenant, { ...after, limit: most });
      return pageOf(limit, read, { item: subscriptionView, cursor: ({ name }) => name });
    },
    subscription: found,
    put: async (name, request) => {
      const before = await findSubscription(db, tenant, name);
      if (!before && (await countSubscriptions(db, tenant)) >= MOST_SUBSCRIPTIONS)
        return tooMany('subscriptions', MOST_SUBSCRIPTIONS);
      const row = { name, ...parted(request) };
      const action = before ? 'subscriptionChanged' : 'subscriptionAdded';
      const detail = { channel: row.channel, filter: row.filter, throttle: row.throttle };
      const entry = { at: now(), actor: request.by, action, subject: name, detail };
      return (await putSubscription(db, tenant, row, entry)) ? found(name) : unknownChannel(request.channel);
    },
    remove: async (name, by) => {
      const subscription = await found(name);
      if (!subscription.ok) return subscription;
      const entry = { at: now(), actor: by, action: 'subscriptionRemoved', subject: name, detail: {} };
      return (await removeSubscription(db, tenant, name, entry)) ? subscription : unknownSubscription(name);
    },
  };
}

const parted = ({ channel, throttle, by: _by, ...filter }: SubscriptionRequest) => ({
  channel,
  throttle,
  filter,
});

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function storedDeliveries({ db, tenant, now }: NotifyParts, { wake }: RunningDesk): DeliveryRegistry {
  const found = async (id: string) => {
    const row = UUID.test(id) ? await findDelivery(db, tenant, id) : undefined;
    return row ? ok(deliveryView(row)) : unknownDelivery(id);
  };
  return {
    page: (filter, { cursor, limit }) => {
      const before = cursor === null ? {} : { before: Number(cursor) };
      const read = (most: number) => listDeliveries(db, tenant, { ...filter, ...before, limit: most });
      return pageOf(limit, read, { item: deliveryView, cursor: ({ sequence }) => String(sequence) });
    },
    delivery: found,
    replay: async (id, by) => {
      const delivery = await found(id);
      if (!delivery.ok) return delivery;
      const subject = delivery.value.channel;
      const replayed = await replayDeliveries(
        db,
        tenant,
        { what: { id }, expiresAt: now() + TELL_WITHIN_MS, limit: 1 },
        () => ({ at: now(), actor: by, action: 'deliveriesReplayed', subject, detail: { delivery: id } }),
      );
      wake();
      return replayed === 0 ? waitsAlready(id) : found(id);
    },
  };
}
