/**
 * Purpose: works on every track that is due, in all replicas at once, each track in one of them at a time.
 *
 * Owns: nothing durable. A claim is a lease in the store; a replica that dies loses it and another goes on.
 * 1. At most `concurrency` tracks are worked on at once. 2. Work on one track that fails is logged and tried
 * again when its lease ends; it never stops the others. 3. `stop` waits for the work and the orders that have begun. 4. A
 * wake is never missed: one that comes during a claim is followed by another claim. 5. Every track is looked at after a
 * start, and after the clock was set back, however long it was to sleep.
 */
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { orderDesk } from './order-desk.ts';
import { restBell } from './rest-bell.ts';
import type { ClaimedTrack } from './track-store.ts';
import { type DueTrack, workOnTrack, type Workshop } from './work-on-track.ts';
import type { World } from './world.ts';

/** How the loop runs. */
export interface LoopOptions extends Omit<Workshop, 'orders' | 'world'> {
  readonly world: World;
  /** Told of a track whose orders took so long that it should be looked at again. */
  readonly ordersDone: (track: TrackId) => void;
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
/**
 * After an absence nobody knows what the world is like, so that everything is due; one after the other, in milliseconds,
 * or ten thousand tracks would be late together. They take as long as it takes to look at everything that is idle.
 */
const APART_MS = 3;

/** Starts working on due tracks. */
export function startLoop(options: LoopOptions): Loop {
  const { instruments, log, world, now, ordersDone } = options;
  const orders = orderDesk({ world, log, now, performed: instruments.performed, done: ordersDone });
  const shop: Workshop = { ...options, orders };
  const bell = restBell();
  const running = new Set<Promise<void>>();
  const leastRoom = Math.ceil(options.concurrency * CLAIM_PART);
  let lastLook = options.now();
  /** The clock at the begin of the last turn; it is read there only, so that no step back falls between two readings. */
  let lastTurn = lastLook;
  let stopped = false;
  /** Whether the last claim was filled, so that more may be due. */
  let isMoreDue = false;
  /** When every track was made due, at the start or after the clock was set back; null when that is to be done. */
  let awakeSince: Instant | null = null;
  instruments.stockFrom(() => options.store.stock());

  const room = (): number => options.concurrency - running.size;

  const work = (claimed: DueTrack): void => {
    const task = workOnTrack(shop, claimed)
      .catch((thrown: unknown) => reportFailure(options, claimed, thrown))
      .finally(() => {
        running.delete(task);
        if (isMoreDue && room() >= leastRoom) bell.ring();
      });
    running.add(task);
  };

  const turn = async (): Promise<void> => {
    const at = options.now();
    if (at < lastTurn) awakeSince = null;
    lastTurn = at;
    awakeSince ??= await wakeAll(options);
    const wanted = room();
    const claimed = wanted > 0 ? await options.store.claim(options.holder, wanted, options.leaseMs) : [];
    lastLook = options.now();
    isMoreDue = claimed.length >= wanted;
    for (const track of claimed) work(sinceAwake(track, awakeSince));
    if (!stopped && !(isMoreDue && room() >= leastRoom)) await bell.rest(options.pollMs);
  };

  const finished = (async () => {
    while (!stopped)
      await turn().catch(async (thrown: unknown) => {
        reportSilence(options, thrown);
        if (!stopped) await bell.rest(options.pollMs);
      });
    await Promise.all(running);
    await orders.settled();
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

async function wakeAll({ store, now }: LoopOptions): Promise<Instant> {
  const at = now();
  await store.wakeAll(APART_MS);
  return at;
}

/** Nobody was late while nobody was there: an absence is no reason to look less often, as too much work is. */
const sinceAwake = (claimed: ClaimedTrack, since: Instant): DueTrack => ({
  ...claimed,
  isFirst: claimed.lookedAt < since,
  dueAt: Math.max(claimed.dueAt, since),
  lookedAt: Math.max(claimed.lookedAt, since),
});

function reportFailure(
  options: Pick<LoopOptions, 'instruments' | 'log'>,
  claimed: ClaimedTrack,
  thrown: unknown,
): void {
  const failure = SluiceError.from(thrown, `working on ${claimed.track.id}`);
  options.instruments.settled('failed');
  options.log.error(
    { track: claimed.track.id, reason: failure.message, stack: stackOf(thrown) },
    'the work on a track failed',
  );
}

/** Where it was thrown, and not where it was caught. */
const stackOf = (thrown: unknown): string | undefined => (thrown instanceof Error ? thrown.stack : undefined);

/** The store does not answer: say so; the loop tries again after its rest. */
function reportSilence(options: LoopOptions, thrown: unknown): void {
  const reason = SluiceError.from(thrown, 'claiming due tracks').message;
  options.log.error({ reason }, 'the store did not answer');
}
