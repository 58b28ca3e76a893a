/**
 * Purpose: tells other servers that something waits in a queue, so that their workers need not wait for the next look.
 *
 * Owns, in memory: the queues that are to be announced. 1. However many tasks come in, a queue is announced at most once in
 * `everyMs`, and at first at once. 2. What cannot be announced is forgotten: dispatchers look by themselves twice a second.
 */
import { type TrackId, trackIdFrom } from '@sluice/core/kernel/ids.ts';

/** What a bell works with. */
export interface TaskBellPorts {
  /** Announces queues to all servers; one payload each. */
  readonly announce: (payloads: readonly string[]) => Promise<void>;
  readonly failed: (thrown: unknown) => void;
  /** How often the same queue is announced at most, in ms. */
  readonly everyMs?: number;
}

/** Announces queues to the other servers. */
export interface TaskBell {
  /** Something waits in a queue. */
  ring(tenant: string, queue: TrackId): void;
  /** Resolves when what was announced last has been sent; nothing is announced any more. */
  close(): Promise<void>;
}

/** A person does not notice it, and a burst of tasks makes 50 announcements in a second and not thousands. */
const EVERY_MS = 20;

/** Starts with nothing to announce. */
export function taskBell({ announce, failed, everyMs = EVERY_MS }: TaskBellPorts): TaskBell {
  const rung = new Set<string>();
  let resting: NodeJS.Timeout | undefined;
  let sending: Promise<void> = Promise.resolve();
  let isClosed = false;

  const send = (): void => {
    resting = undefined;
    if (rung.size === 0 || isClosed) return;
    const payloads = [...rung];
    rung.clear();
    resting = setTimeout(send, everyMs);
    sending = announce(payloads).catch(failed);
  };

  return {
    ring: (tenant, queue) => {
      rung.add(queuePayload(tenant, queue));
      if (resting === undefined) send();
    },
    close: async () => {
      isClosed = true;
      clearTimeout(resting);
      await sending;
    },
  };
}

/** How a queue is announced. */
export const queuePayload = (tenant: string, queue: TrackId): string => `${tenant} ${queue}`;

/** Reads an announcement; null when it is none. */
export function announcedQueue(payload: string): { readonly tenant: string; readonly queue: TrackId } | null {
  const space = payload.indexOf(' ');
  if (space <= 0 || space === payload.length - 1) return null;
  return { tenant: payload.slice(0, space), queue: trackIdFrom(payload.slice(space + 1)) };
}
