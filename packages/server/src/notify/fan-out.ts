/**
 * Purpose: turns what the journals say into what is to be told.
 *
 * 1. One server of a tenant at a time, under the lock of its cursor. 2. Deliveries, windows of throttles and the cursor are written in one
 * transaction. 3. Nothing is sent here.
 */
import { type RolloutId, trackNames } from '@sluice/core/kernel/ids.ts';
import { isWanted, type SubscriptionFilter } from '@sluice/core/notify/subscription-filter.ts';
import { admit, summaryOf, type Throttle, type ThrottleWindow } from '@sluice/core/notify/throttle.ts';
import { DEFAULT_PROJECT } from '../store/access/grants.ts';
import { listNames } from '../store/access/members.ts';
import type { Database } from '../store/database/open-database.ts';
import { projectsOf } from '../store/gates/projects-of.ts';
import {
  addDeliveries,
  databaseNow,
  type JournalNews,
  listToldRollouts,
  moveCursor,
  type NewDelivery,
  newsAfter,
  takeCursor,
  writeWindow,
} from '../store/notify/outbox.ts';
import { listSubscriptions, type SubscriptionRow } from '../store/notify/subscriptions.ts';
import { entryNotice, eventNotice, type NoticeOrigin, summaryNotice, type Tellable } from './event-notice.ts';
import { namedNotice } from './named-notice.ts';

/** Of each journal as much is read at once. */
const AT_ONCE = 200;
/** How many subscriptions a tenant may have. */
export const MOST_SUBSCRIPTIONS = 500;
/** After so long nobody tries any more, in ms. */
export const TELL_WITHIN_MS = 86_400_000;

/** What came of a round. */
export interface FanOutRound {
  /** How many notices were put into the outbox. */
  readonly added: number;
  /** Whether there may be more to read at once. */
  readonly isFull: boolean;
}

/** A round that found nothing. */
export const NOTHING: FanOutRound = { added: 0, isFull: false };

/** Reads on in the journals of a tenant, and puts what somebody wants to hear into the outbox. */
export async function fanOut(
  db: Database,
  tenant: string,
  publicUrl: string | null,
  atOnce: number = AT_ONCE,
): Promise<FanOutRound> {
  return db.transaction().execute(async (transaction) => {
    const cursor = await takeCursor(transaction, tenant);
    if (cursor === null) return NOTHING;
    const now = await databaseNow(transaction);
    const news = await newsAfter(transaction, tenant, cursor, atOnce);
    const rows = await listSubscriptions(transaction, tenant, { limit: MOST_SUBSCRIPTIONS });
    const from = { tenant, origin: cursor.origin, publicUrl };
    const tellable = rows.length === 0 ? [] : await tellableOf(transaction, news, from);
    const told = rows.map((row) => tellThrough(row, tellable, { now, from }));
    for (const { name, window, changed } of told)
      if (changed) await writeWindow(transaction, tenant, { name, window });
    const wanted = inOrder(
      tellable,
      told.flatMap(({ deliveries }) => deliveries),
    );
    const added = await addDeliveries(transaction, tenant, wanted, now + TELL_WITHIN_MS);
    if (news.events.length > 0 || news.entries.length > 0) await moveCursor(transaction, tenant, news);
    return { added, isFull: news.events.length >= atOnce || news.entries.length >= atOnce };
  });
}

async function tellableOf(
  db: Database,
  { events, entries }: JournalNews,
  from: NoticeOrigin,
): Promise<readonly Tellable[]> {
  const ids = new Set(events.flatMap(({ rolloutId }) => (rolloutId === null ? [] : [rolloutId])));
  if (events.length === 0 && entries.length === 0) return [];
  const rollouts = await listToldRollouts(db, from.tenant, [...ids]);
  const projects = await projectsOf(db, from.tenant);
  const names = new Map((await listNames(db, from.tenant)).map(({ subject, name }) => [subject, name]));
  const known = new Map<RolloutId, (typeof rollouts)[number]>(rollouts.map((row) => [row.id, row]));
  return [
    ...events.map((row) =>
      eventNotice(
        row,
        {
          rollout: row.rolloutId === null ? undefined : known.get(row.rolloutId),
          project: projects.get(trackNames(row.trackId).application) ?? DEFAULT_PROJECT,
        },
        from,
      ),
    ),
    ...entries.filter(({ isOfTrack }) => !isOfTrack).map((entry) => entryNotice(entry, from)),
  ].map((tellable) => namedNotice(tellable, names));
}

interface ToldThrough {
  readonly name: string;
  readonly window: ThrottleWindow | null;
  readonly changed: boolean;
  readonly deliveries: readonly NewDelivery[];
}

/** What one subscription tells of some news: the summary of its last window first. */
function tellThrough(
  row: SubscriptionRow,
  news: readonly Tellable[],
  { now, from }: { readonly now: number; readonly from: NoticeOrigin },
): ToldThrough {
  const throttle = row.throttle as Throttle | null;
  const before = row.window as ThrottleWindow | null;
  const wanted = news.filter(({ happening }) => isWanted(row.filter as SubscriptionFilter, happening));
  if (throttle === null) {
    const deliveries = wanted.map((tellable) => deliveryOf(row, tellable));
    return { name: row.name, window: null, changed: false, deliveries };
  }
  const withheld = summaryOf(throttle, before, now);
  const summary =
    withheld === null || before === null
      ? []
      : [summaryNotice(row.name, withheld, { at: before.beganAt, from })];
  let window = withheld === null ? before : null;
  const admitted = wanted.filter(({ happening: { kind, severity } }) => {
    const admission = admit(throttle, window, { at: now, kind, severity });
    window = admission.window;
    return admission.isTold;
  });
  // The summary itself counts in no window; it comes once for each.
  const deliveries = [...summary, ...admitted].map((tellable) => deliveryOf(row, tellable));
  return { name: row.name, window, changed: window !== before, deliveries };
}

const deliveryOf = (
  { name, channel }: SubscriptionRow,
  { happening, lane, notice }: Tellable,
): NewDelivery => ({
  channel,
  subscription: name,
  event: notice.event.id,
  lane,
  kind: happening.kind,
  severity: happening.severity,
  notice,
});

/** By the order of the events, so that two subscriptions to one channel do not turn it round. */
function inOrder(news: readonly Tellable[], deliveries: readonly NewDelivery[]): readonly NewDelivery[] {
  const places = new Map(news.map(({ notice }, place) => [notice.event.id, place]));
  const place = ({ event }: NewDelivery): number => places.get(event) ?? -1;
  return deliveries.toSorted((one, other) => place(one) - place(other));
}
