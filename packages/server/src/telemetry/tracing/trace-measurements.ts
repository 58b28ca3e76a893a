import type { Logger } from 'pino';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { type RolloutId, rolloutId } from '@sluice/core/kernel/ids.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import type { TrackMeasurement } from '../../measurements/measurement-desk.ts';
import type { Database } from '../../store/database/open-database.ts';
import { eventsOfRollout } from '../../store/tracing/trace-cursor.ts';
import { spanWithin } from './rollout-spans.ts';
import type { EndedSpan } from './span-book.ts';
import type { SpanSender } from './span-sender.ts';

/** What sending measurements needs. */
export interface MeasurementTracing {
  readonly db: Database;
  readonly tenant: string;
  readonly sender: SpanSender;
  readonly log: Logger;
}

/** Events of one rollout; more than retention keeps of a track. */
const EVENTS = 20_000;
/** Measurements that wait to be sent; beyond, they are left out: a collector that is away must not fill the memory. */
const MOST_WAITING = 1_000;

/**
 * Sends each measurement as a span within the step that it was made in. Measurements are not kept as events; what is
 * measured while the collector or this process is away is left out.
 */
export function traceMeasurements(tracing: MeasurementTracing): (measured: TrackMeasurement) => void {
  let waiting = 0;
  let last = Promise.resolve();
  return (measured) => {
    if (waiting >= MOST_WAITING) return;
    waiting += 1;
    last = last
      .then(() => sendMeasurement(tracing, measured))
      .catch((thrown: unknown) =>
        tracing.log.debug(
          { reason: SluiceError.from(thrown, 'sending a measurement').message },
          'not traced',
        ),
      )
      .finally(() => (waiting -= 1));
  };
}

async function sendMeasurement(
  { db, tenant, sender }: MeasurementTracing,
  measured: TrackMeasurement,
): Promise<void> {
  const span = await spanOf(db, tenant, measured);
  if (span !== null && sender.wants({ ...span.context, hasParent: span.isTraceGiven }))
    await sender.send([span]);
}

async function spanOf(db: Database, tenant: string, measured: TrackMeasurement): Promise<EndedSpan | null> {
  const rollout: RolloutId = rolloutId(measured.key);
  const events = await eventsOfRollout(db, tenant, {
    ...{ rollout, upTo: Number.MAX_SAFE_INTEGER, limit: EVENTS },
  });
  const { name, dueAt, startedAt, finishedAt, outcome, value, message } = measured;
  const until = events
    .map(({ sequence, body }) => ({ sequence, event: body as TrackEvent }))
    .filter(({ event }) => event.at <= startedAt);
  return spanWithin(measured.track, until, {
    ...{ key: `measurement/${name}/${dueAt}`, name: `measure ${name}`, startedAt, endedAt: finishedAt },
    error: outcome === 'error' ? message : null,
    attributes: {
      'sluice.measurement': name,
      'sluice.outcome': outcome,
      'sluice.message': message,
      'sluice.value': value,
    },
  });
}
