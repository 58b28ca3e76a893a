import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ChannelSettings } from '@sluice/protocol/channels/channel-settings.ts';
import { awaitsTelling, ensureCursor } from '../store/notify/outbox.ts';
import type { Channel, ChannelAdapter } from './channel.ts';
import type { ChannelRegistry } from './channel-registry.ts';
import { deliveryDesk } from './delivery-desk.ts';
import { fanOut, NOTHING } from './fan-out.ts';
import type { NotifyParts } from './notify-parts.ts';
import { storedChannels } from './stored-channels.ts';

/** Wakes come by the bell; this is for what falls due by time, in ms. */
const TELL_EVERY_MS = 1_000;
/** After a failure of the store, in ms. */
const AFTER_FAILURE_MS = 2_000;
/** Attempts that are under way at the end have so long, in ms. */
const GRACE_MS = 3_000;

/** Telling that runs. */
export interface RunningNotify {
  readonly registry: ChannelRegistry;
  close(): Promise<void>;
}

/** Starts everything that telling needs; any number of servers may do it over one database. */
export function runNotify(parts: NotifyParts): RunningNotify {
  const { db, tenant, log, tellEveryMs = TELL_EVERY_MS } = parts;
  const ending = new AbortController();
  let due = Promise.withResolvers<void>();
  const wake = (): void => due.resolve();
  const open = (settings: ChannelSettings) => channelOf(parts, settings);
  const desk = deliveryDesk({ ...parts, open, random: parts.random ?? Math.random, settled: wake });
  const every = async (what: string, round: () => Promise<void>): Promise<void> => {
    while (!ending.signal.aborted) {
      try {
        await round();
      } catch (thrown) {
        log.warn({ reason: SluiceError.from(thrown, what).message }, 'telling has to be tried again');
        await delay(AFTER_FAILURE_MS, undefined, { signal: ending.signal, ref: false }).catch(
          () => undefined,
        );
      }
    }
  };
  const reading = every('reading the journals for channels', async () => {
    const awaits = await awaitsTelling(db, tenant);
    if (awaits === null) await ensureCursor(db, tenant);
    const { added, isFull } = awaits ? await fanOut(db, tenant, parts.publicUrl) : NOTHING;
    if (added > 0) wake();
    if (!isFull) await parts.bell.next(tellEveryMs, ending.signal);
  });
  const telling = every('telling channels', async () => {
    const woken = due.promise;
    const begun = await desk.pump();
    if (begun > 0) return;
    await Promise.race([woken, pause(tellEveryMs, ending.signal)]);
    due = Promise.withResolvers();
  });
  return {
    registry: storedChannels(parts, { open, wake }),
    close: async () => {
      ending.abort();
      wake();
      await Promise.all([reading, telling]);
      const stopped = desk.stop();
      await Promise.race([stopped, delay(GRACE_MS, undefined, { ref: false })]);
    },
  };
}

function channelOf({ adapters, readSecret }: NotifyParts, settings: ChannelSettings): Channel {
  const adapter = adapters[settings.kind] as ChannelAdapter<ChannelSettings> | undefined;
  if (adapter) return adapter.open(settings, readSecret);
  throw new SluiceError('unsupported', `channels of kind ${settings.kind} are not served`, {
    next: 'ask-human',
  });
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
