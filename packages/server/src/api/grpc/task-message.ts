import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, durationMs, timestampFromMs, timestampMs, type Value } from '@bufbuild/protobuf/wkt';
import {
  type Affinity,
  type ExecuteAgentResponse,
  ExecuteAgentResponseSchema,
  FailureClass as ToldClass,
  type TaskEvent,
  type TaskEventSchema,
  type TaskParameters,
  type ToolCall,
  type ToolCallSchema,
  TaskState as ToldState,
} from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import type { NewTaskView } from '@sluice/protocol/http/tasks.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { FailureClass } from '@sluice/core/tasks/failure-class.ts';
import type { TaskEventBody, ToolCallEvent } from '@sluice/core/tasks/task-event.ts';
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
    ...(parameters.affinity && { affinity: affinityOf(parameters.affinity) }),
    ...(dueAt && { dueAt: timestampMs(dueAt) }),
    ...(deadlineAt && { deadlineAt: timestampMs(deadlineAt) }),
    ...(parameters.idempotencyKey !== '' && { idempotencyKey: parameters.idempotencyKey }),
  });
}

const affinityOf = ({ require, prefer, avoid, apartFrom }: Affinity) => ({
  ...{ require, prefer, avoid },
  ...(apartFrom !== '' && { apartFrom }),
});

/** What becomes of a task, as a caller is told of it. */
export function taskWordMessage(word: TaskWord): ExecuteAgentResponse {
  return create(ExecuteAgentResponseSchema, { message: messageOf(word) });
}

type Told = NonNullable<MessageInitShape<typeof ExecuteAgentResponseSchema>['message']>;

function messageOf(word: TaskWord): Told {
  switch (word.kind) {
    case 'status':
      return {
        case: 'status',
        value: { state: STATES[word.state], attempt: word.attempt, revision: word.revision },
      };
    case 'event':
      return { case: 'event', value: { at: timestampFromMs(word.at), event: eventOf(word.event) } };
    case 'ended':
      return endOf(word.task);
  }
}

function endOf({ state, result, failure }: Extract<TaskWord, { kind: 'ended' }>['task']): Told {
  const value = valueOfJson(result);
  const { failureClass, message = '' } = failure ?? {};
  return {
    case: 'ended',
    value: {
      state: STATES[state],
      ...(state === 'succeeded' && value.ok && { result: value.value }),
      ...(state === 'dead' && {
        failure: failureMessage({ failureClass: failureClass ?? '', message }),
      }),
    },
  };
}

type EventInit = NonNullable<MessageInitShape<typeof TaskEventSchema>['event']>;

function eventOf(body: TaskEventBody): EventInit {
  switch (body.kind) {
    case 'log':
      return { case: 'log', value: { level: body.level, message: body.message } };
    case 'progress':
      return { case: 'progress', value: { part: body.part, message: body.message } };
    case 'output':
      return { case: 'output', value: body.text };
    case 'tool-call':
      return { case: 'toolCall', value: callOf(body) };
    case 'usage': {
      const { inputTokens, outputTokens, costMicros } = body;
      const value = {
        inputTokens: BigInt(inputTokens),
        outputTokens: BigInt(outputTokens),
        costMicros: BigInt(costMicros),
      };
      return { case: 'usage', value };
    }
  }
}

function callOf(call: ToolCallEvent): MessageInitShape<typeof ToolCallSchema> {
  const result = valueOfJson(call.result);
  const given = valueOfJson(call.arguments);
  return {
    ...{ id: call.id, tool: call.tool, error: call.error ?? '' },
    ...(given.ok && { arguments: given.value }),
    ...(call.state === 'succeeded' && result.ok && { result: result.value }),
    ...(call.durationMs !== null && { duration: durationFromMs(call.durationMs) }),
  };
}

/** What a worker tells, as it is kept; null for what says nothing. */
export function toldBody(event: ToldEvent): TaskEventBody | null {
  switch (event.case) {
    case 'log':
      return { kind: 'log', level: event.value.level, message: event.value.message };
    case 'progress': {
      const { part, message } = event.value;
      return { kind: 'progress', part: Math.min(1, Math.max(0, part)) || 0, message };
    }
    case 'output':
      return { kind: 'output', text: event.value };
    case 'toolCall':
      return callBody(event.value);
    case 'usage': {
      const { inputTokens, outputTokens, costMicros } = event.value;
      const used = [inputTokens, outputTokens, costMicros].map(Number);
      const [input = 0, output = 0, cost = 0] = used;
      return used.every((amount) => amount === 0)
        ? null
        : { kind: 'usage', inputTokens: input, outputTokens: output, costMicros: cost };
    }
    default:
      return null;
  }
}

function callBody(call: ToolCall): ToolCallEvent {
  const ended = call.result === undefined ? 'begun' : 'succeeded';
  return {
    ...{ kind: 'tool-call', id: call.id, tool: call.tool },
    state: call.error === '' ? ended : 'failed',
    arguments: plain(call.arguments),
    result: plain(call.result),
    error: call.error === '' ? null : call.error,
    durationMs: call.duration === undefined ? null : durationMs(call.duration),
  };
}

function plain(value: Value | undefined): unknown {
  const json = jsonOfValue(value);
  return json.ok ? json.value : `(${json.refusal.message})`;
}

/** Why a task failed, as it is told; of a class that nobody knows it is left out. */
export const failureMessage = (failure: { readonly failureClass: string; readonly message: string }) => ({
  failureClass: CLASSES[failure.failureClass as FailureClass] ?? ToldClass.UNSPECIFIED,
  message: failure.message,
});
