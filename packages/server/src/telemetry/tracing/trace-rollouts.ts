/**
 * Purpose: sends what took place in rollouts as traces, in one replica at a time.
 *
 * Owns: a cursor over the stored events. It moves when the spans that end with these events have arrived, so that a kill
 * at any moment loses none; what was under way then is sent again, with the same ids.
 */
import type { Logger } from 'pino';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { RolloutId } from '@sluice/core/kernel/ids.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import type { Database } from '../../store/database/open-database.ts';
import { acquireLease } from '../../store/leases/leases.ts';
import {
  eventsOfRollout,
  moveTraceCursor,
  traceCursor,
  type TracedEvent,
  unsentEvents,
} from '../../store/tracing/trace-cursor.ts';
import { rolloutSpans } from './rollout-spans.ts';
import type { EndedSpan } from './span-book.ts';
import type { SpanSender } from './span-sender.ts';

/** What sending rollouts needs. */
export interface TracingDuty {
  readonly db: Database;
  readonly tenant: string;
  /** Names this replica. */
  readonly holder: string;
  readonly sender: SpanSender;
  readonly log: Logger;
  readonly counted: (outcome: 'sent' | 'failed' | 'refused', spans: number) => void;
  readonly wait: (ms: number) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Events looked at together. */
const EVENTS = 500;
/** Events of one rollout; more than retention keeps of a track. */
const EVENTS_OF_ROLLOUT = 20_000;
/** Spans sent together. */
const SPANS = 500;
const EVERY_MS = 1_000;
/** The longest wait while the collector does not take them. */
const LONGEST_WAIT_MS = 30_000;
/** Longer than a sending takes; a replica that dies is replaced after it. */
const LEASE_MS = 15_000;

/** Sends spans of rollouts until the signal. */
export async function traceRollouts(duty: TracingDuty): Promise<void> {
  const { db, holder, log, signal, tenant } = duty;
  let waitMs = EVERY_MS;
  while (!signal.aborted) {
    try {
      const lease = { name: `tracing ${tenant}`, holder, durationMs: LEASE_MS };
      const isMine = () => acquireLease(db, lease);
      const problem = (await isMine()) ? await sendUnsent(duty, isMine) : null;
      if (problem !== null && waitMs === EVERY_MS) log.warn({ reason: problem }, 'traces were not sent');
      if (problem === null && waitMs > EVERY_MS) log.info('traces are sent again');
      waitMs = problem === null ? EVERY_MS : Math.min(LONGEST_WAIT_MS, waitMs * 2);
    } catch (thrown) {
      log.warn({ reason: SluiceError.from(thrown, 'sending traces').message }, 'traces were not sent');
      waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
    }
    await duty.wait(waitMs);
  }
}

/** Sends everything that has not been sent; says why where that was not possible, else null. */
export async function sendUnsent(
  duty: TracingDuty,
  isMine: () => Promise<boolean> = async () => true,
): Promise<string | null> {
  const { db, tenant, signal } = duty;
  let after = await traceCursor(db, tenant);
  while (!signal.aborted) {
    const unsent = await unsentEvents(db, tenant, { after, limit: EVENTS });
    if (unsent === null) return null;
    for (const rollout of unsent.rollouts) {
      const problem = await sendRollout(duty, rollout, { after, upTo: unsent.last });
      if (problem !== null) return problem;
    }
    await moveTraceCursor(db, tenant, unsent.last);
    after = unsent.last;
    // Much may be waiting, and the lease is short.
    if (!(await isMine())) return null;
  }
  return null;
}

async function sendRollout(
  { db, tenant, sender, log, counted }: TracingDuty,
  rollout: RolloutId,
  { after, upTo }: { readonly after: number; readonly upTo: number },
): Promise<string | null> {
  const events = await eventsOfRollout(db, tenant, { rollout, upTo, limit: EVENTS_OF_ROLLOUT });
  const spans = spansOf(events).filter((span) => span.endedBy > after && isWanted(sender, span));
  for (let from = 0; from < spans.length; from += SPANS) {
    const part = spans.slice(from, from + SPANS);
    const sent = await sender.send(part);
    counted(sent.outcome, part.length);
    if (sent.outcome === 'failed') return sent.message;
    if (sent.outcome === 'refused')
      log.error(
        { rollout, reason: sent.message },
        'the collector refuses spans of a rollout; they are left out',
      );
  }
  return null;
}

function spansOf(events: readonly TracedEvent[]): readonly EndedSpan[] {
  const [first] = events;
  if (first === undefined) return [];
  return rolloutSpans(
    first.trackId,
    events.map(({ sequence, body }) => ({ sequence, event: body as TrackEvent })),
  );
}

function isWanted(sender: SpanSender, { context, isTraceGiven }: EndedSpan): boolean {
  return sender.wants({ ...context, hasParent: isTraceGiven });
}
