import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import {
  type ExecuteAgentResponse,
  ExecuteAgentResponseSchema,
  FailureClass as ToldClass,
  type TaskEvent,
  type TaskParameters,
  TaskState as ToldState,
} from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import type { NewTaskView } from '@sluice/protocol/http/tasks.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { FailureClass } from '@sluice/core/tasks/failure-class.ts';
import { PRIORITIES } from '@sluice/core/tasks/fair-order.ts';
import type { TaskState } from '@sluice/core/tasks/task-state.ts';
import type { TaskWord } from '../../tasks/task-news.ts';
import { jsonOfValue, valueOfJson } from './json-value.ts';

const STATES: Readonly<Record<TaskState, ToldState>> = {
  blocked: ToldState.BLOCKED,
  scheduled: ToldState.SCHEDULED,
  waiting: ToldState.WAITING,
  running: ToldState.RUNNING,
  succeeded: ToldState.SUCCEEDED,
  dead: ToldState.DEAD,
  cancelled: ToldState.CANCELLED,
};
const CLASSES: Readonly<Record<FailureClass, ToldClass>> = {
  input: ToldClass.INPUT,
  transient: ToldClass.TRANSIENT,
  'rate-limited': ToldClass.RATE_LIMITED,
  timeout: ToldClass.TIMEOUT,
  tool: ToldClass.TOOL,
  model: ToldClass.MODEL,
  refused: ToldClass.REFUSED,
  crash: ToldClass.CRASH,
  lost: ToldClass.LOST,
};

/** What workers tell of tasks while they work. */
export type ToldEvent = TaskEvent['event'];

/** A task as the HTTP API takes it as well; what is wrong with it beyond its input is found there. */
export function taskOfParameters(parameters: TaskParameters): Result<NewTaskView> {
  const { priority = PRIORITIES.usual, fairnessKey, session, capabilities, dueAt, deadlineAt } = parameters;
  const input = jsonOfValue(parameters.input);
  if (!input.ok) return input;
  return ok({
    ...{ input: input.value, priority, capabilities },
    ...(fairnessKey !== '' && { fairnessKey }),
    ...(session !== '' && { session }),
    ...(dueAt && { dueAt: timestampMs(dueAt) }),
    ...(deadlineAt && { deadlineAt: timestampMs(deadlineAt) }),
    ...(parameters.idempotencyKey !== '' && { idempotencyKey: parameters.idempotencyKey }),
  });
}

/** What becomes of a task, as a caller is told of it. */
export function taskWordMessage(word: TaskWord<ToldEvent>): ExecuteAgentResponse {
  return create(ExecuteAgentResponseSchema, { message: messageOf(word) });
}

type Told = NonNullable<MessageInitShape<typeof ExecuteAgentResponseSchema>['message']>;

function messageOf(word: TaskWord<ToldEvent>): Told {
  switch (word.kind) {
    case 'status':
      return {
        case: 'status',
        value: { state: STATES[word.state], attempt: word.attempt, revision: word.revision },
      };
    case 'event':
      return { case: 'event', value: { at: timestampFromMs(word.at), event: word.event } };
    case 'left-out': {
      const message = `${word.count} events were left out, because they were not read in time.`;
      return { case: 'event', value: { event: { case: 'log', value: { level: 'warn', message } } } };
    }
    case 'ended':
      return endOf(word.task);
  }
}

function endOf({ state, result, failure }: Extract<TaskWord<ToldEvent>, { kind: 'ended' }>['task']): Told {
  const value = valueOfJson(result);
  const { failureClass, message = '' } = failure ?? {};
  return {
    case: 'ended',
    value: {
      state: STATES[state],
      ...(state === 'succeeded' && value.ok && { result: value.value }),
      ...(state === 'dead' && {
        failure: { failureClass: failureClass ? CLASSES[failureClass] : ToldClass.UNSPECIFIED, message },
      }),
    },
  };
}
