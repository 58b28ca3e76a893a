import { isHeavierThan } from '@sluice/core/tasks/json-weight.ts';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { type Affinity, isLabel, laneNamed } from '@sluice/core/tasks/affinity.ts';
import { PRIORITIES } from '@sluice/core/tasks/fair-order.ts';
import { TASK_LIMITS } from '@sluice/core/tasks/task-limits.ts';
import { isTaskId } from './task-id.ts';

/** A task as somebody asks for it. */
export interface TaskRequest {
  readonly input: unknown;
  /** 0 to 9; 5 without. */
  readonly priority?: number;
  /** Whose share of the workers it counts against, usually a customer; everybody's without. */
  readonly fairnessKey?: string;
  /** Tasks of one session, or conversation, stay on one revision, and with one worker where that is possible. */
  readonly session?: string;
  /** What a worker must be able to do. */
  readonly abilities?: readonly string[];
  /** Which workers it is for, among those that are able to do it. */
  readonly affinity?: Partial<Affinity> & {
    /** Not the worker that had this task last. */
    readonly apartFrom?: string;
  };
  /** Not before this moment. */
  readonly dueAt?: Instant;
  /** Of no use after this moment. */
  readonly deadlineAt?: Instant;
  /** A second request with the same key is answered with the first task. */
  readonly idempotencyKey?: string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const LONGEST_TEXT = 200;
const MOST_LABELS = 20;

/** Refuses what is no task: with what is wrong where, and what to do. */
export function checkedRequest(request: TaskRequest, now: Instant): Result<TaskRequest> {
  const fault = faultOf(request, now);
  return fault === null
    ? ok(request)
    : refuse('invalid-task', `The task was not taken: ${fault.what}.`, fault.remedy);
}

interface Fault {
  readonly what: string;
  readonly remedy: string;
}

function faultOf(request: TaskRequest, now: Instant): Fault | null {
  return sizeFault(request) ?? textFault(request) ?? affinityFault(request) ?? timeFault(request, now);
}

function sizeFault({ input, priority = PRIORITIES.usual }: TaskRequest): Fault | null {
  const most = TASK_LIMITS.payloadBytes;
  // Written down it may be longer than there is memory: in a workflow inputs are put together of results.
  const bytes = isHeavierThan(input, most) ? null : Buffer.byteLength(JSON.stringify(input) ?? '');
  if (bytes === null || bytes > most)
    return {
      what: `its input has ${bytes ?? `more than ${most}`} bytes of JSON, and ${most} are the most`,
      remedy: 'Put the data where the worker can read it, and send its address.',
    };
  if (Number.isInteger(priority) && priority >= PRIORITIES.least && priority <= PRIORITIES.most) return null;
  return {
    what: `its priority is ${priority}`,
    remedy: `Send a whole number from ${PRIORITIES.least} to ${PRIORITIES.most}; ${PRIORITIES.usual} is usual.`,
  };
}

function textFault({ fairnessKey, session, idempotencyKey, abilities = [] }: TaskRequest): Fault | null {
  for (const [name, text] of Object.entries({ fairnessKey, session, idempotencyKey }))
    if (text !== undefined && (text === '' || text.length > LONGEST_TEXT || text.includes('\0')))
      return {
        what: `its ${name} has ${text.length} characters, or one that is no text`,
        remedy: `Send 1 to ${LONGEST_TEXT} characters, or leave it out.`,
      };
  const odd = abilities.find((ability) => !NAME.test(ability));
  if (odd === undefined) return null;
  return {
    what: `it asks for the ability '${odd.slice(0, 80)}'`,
    remedy: 'Use letters, digits, dot, dash and underscore, at most 64.',
  };
}

function affinityFault({ affinity = {} }: TaskRequest): Fault | null {
  const { require = [], prefer = [], avoid = [], apartFrom } = affinity;
  const labels = [...require, ...prefer, ...avoid];
  if (labels.length > MOST_LABELS)
    return { what: `its affinity names ${labels.length} labels`, remedy: `Name at most ${MOST_LABELS}.` };
  const odd = labels.find((label) => !isLabel(label));
  if (odd !== undefined)
    return {
      what: `its affinity names the label '${odd.slice(0, 80)}'`,
      remedy: 'Use letters, digits, dot, dash and underscore for key and value, at most 63 of each.',
    };
  if (apartFrom === undefined || isTaskId(apartFrom)) return null;
  return {
    what: 'what it is to be apart from is no id of a task',
    remedy: 'Send the id that a submit gave.',
  };
}

/** The end of the year 9999: what is beyond can be written into no column, whoever tries it and whenever. */
const LATEST = Date.UTC(10_000, 0) - 1;
const isMoment = (at: Instant): boolean => at >= 0 && at <= LATEST;

function timeFault({ dueAt, deadlineAt }: TaskRequest, now: Instant): Fault | null {
  if (dueAt !== undefined && !isMoment(dueAt))
    return {
      what: 'it is due at no moment that there is',
      remedy: 'Send one before the year 10000, or none.',
    };
  if (deadlineAt !== undefined && deadlineAt <= Math.max(now, dueAt ?? now))
    return {
      what: 'its deadline is over before it can begin',
      remedy: 'Send a later deadline, or none.',
    };
  if (deadlineAt === undefined || isMoment(deadlineAt)) return null;
  return {
    what: 'its deadline is at no moment that there is',
    remedy: 'Send one before the year 10000, or none.',
  };
}

/** The lane of a task: what it asks for, so that tasks that ask for the same stand in one line. */
export const laneOf = ({ abilities = [], affinity = {} }: TaskRequest, key: string | null): string =>
  laneNamed({
    ...{ abilities, key, isApart: affinity.apartFrom !== undefined },
    ...{ require: affinity.require ?? [], prefer: affinity.prefer ?? [], avoid: affinity.avoid ?? [] },
  });

/** Whether somebody with these abilities can serve a lane. */
export const canServe = (abilities: ReadonlySet<string>, lane: string): boolean =>
  lane === '' || lane.split(',').every((ability) => abilities.has(ability));
