/**
 * Purpose: works on every track that is due, in all replicas at once, each track in one of them at a time.
 *
 * Owns: nothing durable. A claim is a lease in the store; a replica that dies loses it and another goes on.
 * 1. At most `concurrency` tracks are worked on at once. 2. Work on one track that fails is logged and tried
 * again when its lease ends; it never stops the others. 3. `stop` waits for the work that has begun. 4. A wake is
 * never missed: one that comes during a claim is followed by another claim.
 */
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { restBell } from './rest-bell.ts';
import type { ClaimedTrack } from './track-store.ts';
import { workOnTrack, type Workshop } from './work-on-track.ts';

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

/**
 * While more is due than there is room for, this part of the concurrency has to be free before the next claim: a claim
 * of one costs the store half as much as a claim of sixteen. Who wakes the loop, and a rest that is over, do not wait.
 */
const CLAIM_PART = 1 / 4;

/** Starts working on due tracks. */
export function startLoop(options: LoopOptions): Loop {
  const bell = restBell();
  const running = new Set<Promise<void>>();
  const leastRoom = Math.ceil(options.concurrency * CLAIM_PART);
  let lastLook = options.now();
  let stopped = false;
  /** Whether the last claim was filled, so that more may be due. */
  let isMoreDue = false;

  const room = (): number => options.concurrency - running.size;

  const work = (claimed: ClaimedTrack): void => {
    const task = workOnTrack(options, claimed)
      .catch((thrown: unknown) => reportFailure(options, claimed, thrown))
      .finally(() => {
        running.delete(task);
        if (isMoreDue && room() >= leastRoom) bell.ring();
      });
    running.add(task);
  };

  const turn = async (): Promise<void> => {
    const wanted = room();
    const claimed = wanted > 0 ? await options.store.claim(options.holder, wanted, options.leaseMs) : [];
    lastLook = options.now();
    isMoreDue = claimed.length >= wanted;
    for (const track of claimed) work(track);
    if (!stopped && !(isMoreDue && room() >= leastRoom)) await bell.rest(options.pollMs);
  };

  const finished = (async () => {
    while (!stopped)
      await turn().catch(async (thrown: unknown) => {
        reportSilence(options, thrown);
        if (!stopped) await bell.rest(options.pollMs);
      });
    await Promise.all(running);
  })();

  return {
    wake: () => bell.ring(),
    stop: async () => {
      stopped = true;
      bell.ring();
      await finished;
    },
    lastLookAt: () => lastLook,
  };
}

function reportFailure(options: LoopOptions, claimed: ClaimedTrack, thrown: unknown): void {
  const failure = SluiceError.from(thrown, `working on ${claimed.track.id}`);
  options.log.error(
    { track: claimed.track.id, reason: failure.message, stack: failure.stack },
    'the work on a track failed',
  );
}

/** The store does not answer: say so; the loop tries again after its rest. */
function reportSilence(options: LoopOptions, thrown: unknown): void {
  const reason = SluiceError.from(thrown, 'claiming due tracks').message;
  options.log.error({ reason }, 'the store did not answer');
}
