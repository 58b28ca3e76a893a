import { refusedWith } from '../rollouts/problems.ts';

/** There is no schedule of this name. */
export const unknownSchedule = (track: string, name: string) =>
  refusedWith(404, 'not-found', {
    title: 'Not found',
    detail: `${track} has no schedule ${name}.`,
    remedy: '`sluice schedules list` shows those that there are.',
  });

/** Nothing of the track has ever served tasks. */
export const nothingServes = (track: string) =>
  refusedWith(409, 'not-served', {
    title: 'Not possible now',
    detail: `Nothing of ${track} serves tasks, so that nobody would do those of a schedule.`,
    remedy: 'Release a component of kind agents with `sluice deploy`, then add the schedule.',
  });

/** The text is no cron expression. */
export const noCron = (cron: string) =>
  refusedWith(422, 'invalid-schedule', {
    title: 'Not a schedule',
    detail: `'${cron.slice(0, 80)}' is no cron expression that names a moment.`,
    remedy: 'Write minute, hour, day of the month, month and weekday, such as "0 9 * * 1-5", or @daily.',
  });

/** The text is no time zone. */
export const noTimeZone = (timeZone: string) =>
  refusedWith(422, 'invalid-schedule', {
    title: 'Not a schedule',
    detail: `There is no time zone '${timeZone.slice(0, 80)}'.`,
    remedy: 'Write a name of the IANA time zone database, such as Europe/Berlin or UTC.',
  });

/** People have made as many as they may. */
export const tooManySchedules = (limit: number) =>
  refusedWith(409, 'too-many-schedules', {
    title: 'Not possible now',
    detail: `There are ${limit} schedules already, which is the most.`,
    remedy: 'Remove some with `sluice schedules remove`; one task of a schedule can submit many others.',
  });

/** A release has brought it. */
export const ofRelease = (track: string, name: string) =>
  refusedWith(409, 'declared', {
    title: 'Not possible now',
    detail: `The schedule ${name} of ${track} is declared in the sluice.yaml that was released.`,
    remedy: 'Change it there and release it, or let it rest with `sluice schedules pause`.',
  });
