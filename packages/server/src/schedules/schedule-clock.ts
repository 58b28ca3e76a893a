/**
 * Purpose: makes a task of each moment of a schedule.
 *
 * Owns nothing. Every server does it for all tenants. 1. A moment makes one task, however many servers act on it and however
 * often one dies between its steps: the schedule and the moment are the idempotency key of the task. 2. A moment is passed
 * only when its task was taken; where tasks are refused it waits, and what it missed then is up to the schedule.
 */
import type { Logger } from 'pino';
import { nextMoment } from '@sluice/config/language/cron.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { ScheduleSpec } from '@sluice/core/tasks/schedule-spec.ts';
import { scheduleStep } from '@sluice/core/tasks/schedule-step.ts';
import { hasEnded } from '@sluice/core/tasks/task-state.ts';
import type { Database } from '../store/database/open-database.ts';
import { type DueSchedule, stepSchedule, takeDueSchedules } from '../store/schedules/schedules.ts';
import { readStandings } from '../store/tasks/task-standings.ts';
import type { TaskDesk } from '../tasks/task-desk.ts';
import type { TaskRequest } from '../tasks/task-request.ts';

/** What schedules work with. */
export interface ScheduleClockPorts {
  readonly db: Database;
  readonly desk: Pick<TaskDesk, 'submit'>;
  readonly log: Logger;
}

/** A running clock. */
export interface ScheduleClock {
  /** One turn, for tests; it goes on by itself. Gives how many schedules had something to do. */
  turn(): Promise<number>;
  stop(): Promise<void>;
}

const EVERY_MS = 1_000;
/** Most schedules of one turn; there is another one at once while one is full. */
const LIMIT = 50;
/** A server that dies with schedules in hand is replaced after this, in ms. */
const TAKEN_MS = 20_000;
/** After this a moment is tried again whose task was refused, or that waits for another task, in ms. */
const REST_MS = { refused: 5_000, held: 1_000, none: 0 } as const;

/** Starts the clock. */
export function scheduleClock({ db, desk, log }: ScheduleClockPorts): ScheduleClock {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let present: Promise<unknown> = Promise.resolve();

  const turn = async (): Promise<number> => {
    const due = await takeDueSchedules(db, { limit: LIMIT, forMs: TAKEN_MS });
    await Promise.all(due.map((schedule) => act(db, desk, schedule)));
    return due.length;
  };
  const again = (afterMs: number): void => {
    if (isStopped) return;
    timer = setTimeout(() => {
      present = turn()
        .catch((thrown: unknown) => {
          const reason = SluiceError.from(thrown, 'acting on schedules').message;
          log.warn({ reason }, 'schedules were not acted on');
          return 0;
        })
        .then((count) => again(count >= LIMIT ? 0 : EVERY_MS));
    }, afterMs);
  };
  again(EVERY_MS);
  return {
    turn,
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await present;
    },
  };
}

async function act(db: Database, desk: Pick<TaskDesk, 'submit'>, schedule: DueSchedule): Promise<void> {
  const { tenant, queue, name, plannedAt, heldAt, now } = schedule;
  const spec = schedule.spec as ScheduleSpec;
  const isBusy = spec.overlap !== 'allow' && (await isOpen(db, schedule));
  const step = scheduleStep(spec, schedule, { now, isBusy, nextAfter: (after) => nextMoment(spec, after) });
  const from = { plannedAt, heldAt };
  const passed = { tenant, queue, name, from, plannedAt: step.plannedAt, heldAt: step.heldAt };
  const { firedAt, task } = schedule;
  if (step.fire.length === 0) {
    const restMs = step.heldAt === null ? REST_MS.none : REST_MS.held;
    return stepSchedule(db, { ...passed, firedAt, task, failure: null, restMs });
  }
  const taken = await fire(desk, { tenant, queue }, spec, step.fire);
  if (!taken.ok)
    return stepSchedule(db, {
      ...{ tenant, queue, name, from, ...from, firedAt, task },
      ...{ failure: `${taken.refusal.message} ${taken.refusal.remedy}`, restMs: REST_MS.refused },
    });
  const last = { firedAt: step.fire.at(-1) ?? firedAt, task: taken.value.at(-1)?.id ?? task };
  return stepSchedule(db, { ...passed, ...last, failure: null, restMs: REST_MS.none });
}

async function isOpen(db: Database, { tenant, task }: DueSchedule): Promise<boolean> {
  if (task === null) return false;
  const [standing] = await readStandings(db, tenant, [task]);
  return standing !== undefined && !hasEnded(standing.state);
}

/** All of the moments in one request: all are taken, or none. */
const fire = (
  desk: Pick<TaskDesk, 'submit'>,
  { tenant, queue }: { readonly tenant: string; readonly queue: TrackId },
  spec: ScheduleSpec,
  moments: readonly Instant[],
) =>
  desk.submit(
    tenant,
    queue,
    moments.map((moment) => requestAt(spec, moment)),
  );

const requestAt = (spec: ScheduleSpec, moment: Instant): TaskRequest => ({
  input: spec.input,
  priority: spec.priority,
  abilities: spec.abilities,
  ...(spec.fairnessKey !== null && { fairnessKey: spec.fairnessKey }),
  ...(spec.session !== null && { session: spec.session }),
  ...(spec.withinMs !== null && { deadlineAt: moment + spec.withinMs }),
  idempotencyKey: `schedule ${spec.name} ${new Date(moment).toISOString()}`,
});
