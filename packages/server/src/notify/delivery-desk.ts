/**
 * Purpose: tells what stands in the outbox.
 *
 * 1. Of a lane one notice at a time, in order. 2. Of a channel a few at a time, so that none delays another; one whose receiver is out
 * rests. 3. An attempt is written down before it is made: who dies in it, has it made again by others, with the same id.
 */
import type { Logger } from 'pino';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { nextAttemptAt } from '@sluice/core/notify/next-attempt.ts';
import type { Notice } from '@sluice/core/notify/notice.ts';
import type { ChannelSettings } from '@sluice/protocol/channels/channel-settings.ts';
import type { Outgoing } from '../outgoing/outgoing.ts';
import type { Database } from '../store/database/open-database.ts';
import { disableChannel } from '../store/notify/channels.ts';
import {
  settleDelivered,
  settleFailed,
  takeDueDeliveries,
  type TakenDelivery,
} from '../store/notify/deliveries.ts';
import type { Channel, Delivered } from './channel.ts';

/** Notices that one channel is told at once by one server. */
const PER_CHANNEL = 4;
/** Attempts that one server makes at once. */
const MOST_AT_ONCE = 256;
/** An attempt is ended after this, in ms. */
const ATTEMPT_MS = 15_000;
/** An adapter that does not end its attempt is left to itself after this, in ms. */
const GIVEN_UP_MS = 20_000;
/** What a server has taken and not settled is taken over after this, in ms. */
const LEASE_MS = 60_000;
/** A channel rests only after so many failures in a row. */
const PATIENCE = 3;
/** The longest that a channel rests, in ms, where its receiver does not ask for more. */
const LONGEST_REST_MS = 300_000;

/** What the desk works with. */
export interface DeliveryParts {
  readonly db: Database;
  readonly tenant: string;
  readonly log: Logger;
  readonly outgoing: Outgoing;
  readonly open: (settings: ChannelSettings) => Channel;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Told of each attempt. */
  readonly attempted: (kind: string, outcome: 'delivered' | 'retried' | 'dead') => void;
  /** Told when more may be due. */
  readonly settled: () => void;
}

/** Tells what is due. */
export interface DeliveryDesk {
  /** Takes what is due and begins to tell it; resolves with how many were begun. */
  pump(): Promise<number>;
  /** Resolves when nothing is under way; attempts end after a moment. */
  stop(): Promise<void>;
}

/** Opens the desk; any number of servers may have one over a database. */
export function deliveryDesk(parts: DeliveryParts): DeliveryDesk {
  const { db, tenant, log } = parts;
  const ending = new AbortController();
  const underWay = new Map<string, Set<Promise<void>>>();
  const rests = new Map<string, number>();
  const count = (): number => [...underWay.values()].reduce((sum, { size }) => sum + size, 0);
  const begin = (taken: TakenDelivery): void => {
    const own = underWay.get(taken.channel) ?? new Set();
    underWay.set(taken.channel, own);
    const attempt: Promise<void> = attemptAndSettle(parts, taken, { ending: ending.signal, rests })
      .catch((thrown: unknown) => {
        const { message: reason } = SluiceError.from(thrown, `settling the delivery ${taken.id}`);
        log.warn({ reason, channel: taken.channel }, 'what came of a delivery was not written');
      })
      .finally(() => {
        own.delete(attempt);
        if (own.size === 0) underWay.delete(taken.channel);
        if (!ending.signal.aborted) parts.settled();
      });
    own.add(attempt);
  };
  return {
    pump: async () => {
      if (ending.signal.aborted || count() >= MOST_AT_ONCE) return 0;
      const except = [...underWay].filter(([, { size }]) => size >= PER_CHANNEL).map(([name]) => name);
      const taken = await takeDueDeliveries(db, tenant, { perChannel: PER_CHANNEL, except, forMs: LEASE_MS });
      // In the order of the outbox, which the database does not promise for what it has changed.
      for (const each of taken.toSorted((one, other) => one.sequence - other.sequence)) begin(each);
      return taken.length;
    },
    stop: async () => {
      ending.abort();
      await Promise.all([...underWay.values()].flatMap((own) => [...own]));
    },
  };
}

interface AttemptRun {
  readonly ending: AbortSignal;
  /** Failures in a row, by channel, as this server has seen them. */
  readonly rests: Map<string, number>;
}

async function attemptAndSettle(parts: DeliveryParts, taken: TakenDelivery, run: AttemptRun): Promise<void> {
  const { db, tenant, log } = parts;
  const { kind } = taken.settings as ChannelSettings;
  const delivered = await attempt(parts, taken, run.ending);
  if (delivered.ok) {
    run.rests.delete(taken.channel);
    parts.attempted(kind, 'delivered');
    await settleDelivered(db, tenant, {
      id: taken.id,
      attempts: taken.attempts,
      reference: delivered.reference,
    });
    return;
  }
  const dueAt = delivered.retry ? nextDue(parts, taken, delivered.retryAfterMs) : null;
  parts.attempted(kind, dueAt === null ? 'dead' : 'retried');
  const restMs = delivered.retry ? restOf(run.rests, taken.channel, delivered.retryAfterMs) : 0;
  const { message } = delivered;
  await settleFailed(db, tenant, { id: taken.id, attempts: taken.attempts, dueAt, failure: message, restMs });
  log.warn(
    {
      channel: taken.channel,
      event: taken.event,
      attempts: taken.attempts,
      reason: message,
      isGivenUp: dueAt === null,
    },
    'a notice was not delivered',
  );
  if (delivered.gone) await switchOff(parts, taken, message);
}

/** Makes one attempt; whatever an adapter does, it comes to an end. */
async function attempt(
  { outgoing, open }: DeliveryParts,
  taken: TakenDelivery,
  ending: AbortSignal,
): Promise<Delivered> {
  const signal = AbortSignal.any([ending, AbortSignal.timeout(ATTEMPT_MS)]);
  const notice: Notice = { ...(taken.notice as Notice), earlier: taken.earlier };
  const { fetch, connect } = outgoing;
  const { promise: tooLong, resolve: give } = Promise.withResolvers<Delivered>();
  const timer = setTimeout(() => give(failed('the attempt took too long')), GIVEN_UP_MS);
  try {
    const channel = open(taken.settings as ChannelSettings);
    return await Promise.race([channel.deliver(notice, { signal, fetch, connect }), tooLong]);
  } catch (thrown) {
    // A defect of an adapter is no reason to lose the notice; what it says may hold anything, and goes nowhere.
    const code = thrown instanceof SluiceError ? thrown.code : 'unexpected';
    return failed(`the attempt failed inside Sluice (${code})`);
  } finally {
    clearTimeout(timer);
  }
}

const failed = (message: string): Delivered => ({ ok: false, retry: true, retryAfterMs: null, message });

const nextDue = ({ random }: DeliveryParts, taken: TakenDelivery, retryAfterMs: number | null) =>
  nextAttemptAt(
    { attempts: taken.attempts, now: taken.now, expiresAt: taken.expiresAt, retryAfterMs },
    random(),
  );

/** How long a channel is left alone after a failure, in ms: as its receiver asks, or longer with each failure in a row. */
function restOf(rests: Map<string, number>, channel: string, retryAfterMs: number | null): number {
  const failures = (rests.get(channel) ?? 0) + 1;
  rests.set(channel, failures);
  const own =
    failures < PATIENCE ? 0 : Math.min(1_000 * 2 ** Math.min(failures - PATIENCE, 20), LONGEST_REST_MS);
  return Math.max(own, retryAfterMs ?? 0);
}

const switchOff = ({ db, tenant }: DeliveryParts, { channel, now }: TakenDelivery, reason: string) =>
  disableChannel(
    db,
    tenant,
    { name: channel, reason },
    { at: now, actor: 'system', action: 'channelDisabled', subject: channel, detail: { reason } },
  );
