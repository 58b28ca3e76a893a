import type { Refusal } from '@sluice/core/kernel/result.ts';
import { formatDuration } from '@sluice/core/kernel/duration.ts';
import { type Refused, refusedWith } from '../rollouts/problems.ts';

/** What core or the desk refuses, as a problem: a task that is none by 422, everything else by the present state. */
export const refusedAs = ({ code, message, remedy }: Refusal): Refused =>
  code === 'invalid-task' || code === 'unknown-payload'
    ? refusedWith(422, code, { title: 'Not a task', detail: message, remedy })
    : refusedWith(409, code, { title: 'Not possible now', detail: message, remedy });

/** There is no task of this id. */
export const unknownTask = (id: string) =>
  refusedWith(404, 'not-found', {
    title: 'Not found',
    detail: `The task ${id} is not known.`,
    remedy: '`sluice tasks list` shows those that there are; what ended long ago is not kept.',
  });

/** Too much waits already. */
export const queueFull = (track: string, limit: number, waitMs: number) =>
  refusedWith(429, 'queue-full', {
    title: 'Too many tasks',
    detail: `${track} has as many tasks that have not ended as it may have, which are ${limit}; none was taken.`,
    remedy: `Try again in ${formatDuration(waitMs)} or later, or give it more workers; \`sluice queues\` shows what waits.`,
  });

/** Too much of one fairness key waits already. */
export const keyFull = (
  track: string,
  { key, limit }: { readonly key: string; readonly limit: number },
  waitMs: number,
) =>
  refusedWith(429, 'key-full', {
    title: 'Too many tasks',
    detail: `As many tasks of ${key === '' ? 'no fairness key' : `the fairness key '${key}'`} wait at ${track} as may, which are ${limit}; none was taken.`,
    remedy: `Try again in ${formatDuration(waitMs)} or later; \`agents.limits\` in sluice.yaml says how many may wait.`,
  });

/** Nothing of the track serves tasks. */
export const notServed = (track: string) =>
  refusedWith(409, 'not-served', {
    title: 'Not possible now',
    detail: `Nothing of ${track} serves tasks.`,
    remedy: 'Release it with `sluice deploy`, then try again.',
  });

/** The split changes faster than tasks can be dealt by it. */
export const splitUnsteady = (track: string) =>
  refusedWith(409, 'busy', {
    title: 'Not possible now',
    detail: `The split of ${track} is being changed all the time.`,
    remedy: 'Try again in a moment.',
  });

/** Somebody else changed the task meanwhile. */
export const changedMeanwhile = (id: string) =>
  refusedWith(409, 'conflict', {
    title: 'Not possible now',
    detail: `The task ${id} was being changed by somebody else at the same moment.`,
    remedy: 'Look at it again with `sluice tasks show`.',
  });

/** No worker of this name is connected to this server. */
export const unknownWorker = (worker: string) =>
  refusedWith(404, 'not-found', {
    title: 'Not found',
    detail: `No worker ${worker} is connected to this server.`,
    remedy:
      '`sluice agents list` shows those that are; with several servers, ask the one that it is connected to.',
  });
