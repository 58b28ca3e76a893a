import type { Refusal } from '@sluice/core/kernel/result.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';

interface Refused {
  readonly ok: false;
  readonly refusal: Problem;
}

const STATUS: readonly (readonly [RegExp, number, string])[] = [
  [/^invalid-/, 422, 'Not a workflow'],
  [/^limit-/, 422, 'Too large'],
  [/^not-found$/, 404, 'Not found'],
];

/** What was refused, as a problem of the HTTP API. */
export function problemOf({ code, message, remedy }: Refusal): Refused {
  const [, status, title] = STATUS.find(([pattern]) => pattern.test(code)) ?? [null, 409, 'Not possible now'];
  return {
    ok: false,
    refusal: { type: `urn:sluice:problem:${code}`, status, code, title, detail: message, remedy },
  };
}

/** There is no workflow of this id. */
export const unknownWorkflow = (id: string): Refusal => ({
  code: 'not-found',
  message: `The workflow ${id} is not known.`,
  remedy: '`sluice workflows list` shows those that there are; what ended long ago is not kept.',
});

/** Nothing serves what it needs. */
export const queueNotServed = (name: string, track: string): Refusal => ({
  code: 'not-served',
  message: `Nothing was taken: its task ${name} is for ${track}, and nothing of that serves tasks.`,
  remedy: 'Release it with `sluice deploy`, then submit again; `sluice queues` shows those that are served.',
});

/** Somebody has used it before, for something else. */
export const keyOfAnother = (): Refusal => ({
  code: 'idempotency-key-reused',
  message: 'Nothing was taken: a workflow with other tasks has this idempotency key.',
  remedy: 'Use another key, such as one that begins with the name of your application.',
});

/** It has ended, or is about to. */
export const notCancellable = (id: string, state: string): Refusal => ({
  code: 'not-possible',
  message: `The workflow ${id} is ${state}, and cannot be cancelled.`,
  remedy: 'Look at it again with `sluice workflows show`; what has been undone, or has ended, stays so.',
});

/** Whoever speaks has lost the task. */
export const leaseLost = (id: string): Refusal => ({
  code: 'lease-lost',
  message: `Nothing was done for the task ${id}: this attempt does not have it any more.`,
  remedy: 'Stop working on it; whoever has it now finds again what was spawned before.',
});

/** Its workflow spawns no more. */
export const workflowStopping = (task: string, state: string): Refusal => ({
  code: 'workflow-stopped',
  message: `The task ${task} may not spawn others: its workflow is ${state}.`,
  remedy: 'Stop working on it; what is open of the workflow is being cancelled.',
});

/** A limit of the workflow is reached. */
export const limitReached = (what: string, key: string): Refusal => ({
  code: 'limit-reached',
  message: `Nothing was spawned: ${what}.`,
  remedy: `Spawn fewer, or give the workflow a higher limit when it is submitted: \`limits: { ${key}: … }\`.`,
});

/** A task that the speaker has not spawned. */
export const unknownChild = (task: string, child: string): Refusal => ({
  code: 'unknown-task',
  message: `The task ${task} has not spawned ${child.slice(0, 80)}.`,
  remedy: 'Wait for ids that spawning has given to this task.',
});
