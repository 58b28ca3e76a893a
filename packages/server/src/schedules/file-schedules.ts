/**
 * Purpose: brings the schedules that a release declares into the store, once its revision serves all of the tasks.
 *
 * Owns, in memory: which revision of each track it has brought in. Every server does it; they write the same. A server that
 * was held up and writes those of an older revision is overruled by itself with its next look.
 */
import type { Logger } from 'pino';
import { nextMoment } from '@sluice/config/language/cron.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { ScheduleSpec } from '@sluice/core/tasks/schedule-spec.ts';
import type { Database } from '../store/database/open-database.ts';
import { keepFileSchedules, putSchedule } from '../store/schedules/schedules.ts';

/** What schedules of releases are made from. */
export interface FileSchedulesPorts {
  readonly db: Database;
  readonly tenant: string;
  readonly now: () => Instant;
  readonly log: Logger;
  /** The tracks of agents, each with its stable revision; null before the first. */
  readonly tracks: () => Promise<readonly { readonly id: TrackId; readonly stable: RevisionId | null }[]>;
  /** What a revision declares. */
  readonly declared: (track: TrackId, revision: RevisionId) => Promise<readonly ScheduleSpec[]>;
}

/** Looks again and again until it is stopped. */
export interface FileSchedules {
  /** One look, for tests; it goes on by itself. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

const EVERY_MS = 2_000;

/** Starts to look after releases. */
export function fileSchedules(ports: FileSchedulesPorts): FileSchedules {
  const { tracks, declared, log } = ports;
  const brought = new Map<TrackId, RevisionId>();
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let present: Promise<unknown> = Promise.resolve();

  const look = async (): Promise<void> => {
    for (const { id, stable } of await tracks()) {
      if (stable === null || brought.get(id) === stable) continue;
      await bring(ports, id, await declared(id, stable));
      brought.set(id, stable);
    }
  };
  const again = (): void => {
    if (isStopped) return;
    timer = setTimeout(() => {
      present = look()
        .catch((thrown: unknown) => {
          const reason = SluiceError.from(thrown, 'reading the schedules of releases').message;
          log.warn({ reason }, 'schedules of releases were not read');
        })
        .then(again);
    }, EVERY_MS);
  };
  again();
  return {
    look,
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await present;
    },
  };
}

async function bring(
  { db, tenant, now }: FileSchedulesPorts,
  queue: TrackId,
  schedules: readonly ScheduleSpec[],
): Promise<void> {
  for (const spec of schedules) {
    const plannedAt = nextMoment(spec, now());
    await putSchedule(db, tenant, { queue, name: spec.name, origin: 'file', spec, plannedAt });
  }
  await keepFileSchedules(db, tenant, { queue, names: schedules.map(({ name }) => name) });
}
