/**
 * Purpose: works on every track that is due, in all replicas at once, each track in one of them at a time.
 *
 * Owns: nothing durable. A claim is a lease in the store; a replica that dies loses it and another goes on.
 * 1. At most `concurrency` tracks are worked on at once. 2. Work on one track that fails is logged and tried
 * again when its lease ends; it never stops the others. 3. `stop` waits for the work that has begun.
 */
import { once, EventEmitter } from 'node:events';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { workOnTrack, type Workshop } from './work-on-track.ts';
import type { ClaimedTrack } from './track-store.ts';

/** How the loop runs. */
export interface LoopOptions extends Workshop {
  /** Names this replica in claims. */
  readonly holder: string;
  readonly concurrency: number;
  /** How long a claim lasts when its replica dies, in milliseconds. */
  readonly leaseMs: number;
  /** Longest wait between two looks for due tracks when nobody wakes the loop, in milliseconds. */
  readonly pollMs: number;
}

/** A running loop. */
export interface Loop {
  /** Looks for due tracks now. */
  wake(): void;
  /** Ends after the work that has begun. */
  stop(): Promise<void>;
  /** When the loop last looked for due tracks, for readiness. */
  lastLookAt(): number;
}

/** Starts working on due tracks. */
export function startLoop(options: LoopOptions): Loop {
  const stopping = new AbortController();
  const bell = new EventEmitter();
  const running = new Set<Promise<void>>();
  let lastLook = options.now();

  const work = (claimed: ClaimedTrack): void => {
    const task = workOnTrack(options, claimed)
      .catch((thrown: unknown) => reportFailure(options, claimed, thrown))
      .finally(() => {
        running.delete(task);
        bell.emit('ring');
      });
    running.add(task);
  };

  const turn = async (): Promise<void> => {
    const room = options.concurrency - running.size;
    const claimed = room > 0 ? await options.store.claim(options.holder, room, options.leaseMs) : [];
    lastLook = options.now();
    for (const track of claimed) work(track);
    if (claimed.length < room || room === 0) await rest(bell, options.pollMs, stopping.signal);
  };

  const finished = (async () => {
    while (!stopping.signal.aborted)
      await turn().catch((thrown: unknown) => waitOut(options, thrown, stopping.signal));
    await Promise.all(running);
  })();

  return {
    wake: () => bell.emit('ring'),
    stop: async () => {
      stopping.abort();
      await finished;
    },
    lastLookAt: () => lastLook,
  };
}

/** Waits until the bell rings, the time is over, or the loop is to stop. */
async function rest(bell: EventEmitter, longestMs: number, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
  await once(bell, 'ring', { signal: limit }).catch(() => undefined);
}

function reportFailure(options: LoopOptions, claimed: ClaimedTrack, thrown: unknown): void {
  const failure = SluiceError.from(thrown, `working on ${claimed.track.id}`);
  options.log.error(
    { track: claimed.track.id, reason: failure.message, stack: failure.stack },
    'the work on a track failed',
  );
}

/** The store does not answer: say so, wait a little, try again. */
async function waitOut(options: LoopOptions, thrown: unknown, signal: AbortSignal): Promise<void> {
  options.log.error(
    { reason: SluiceError.from(thrown, 'claiming due tracks').message },
    'the store did not answer',
  );
  await rest(new EventEmitter(), options.pollMs, signal);
}
