import { create } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import type { FailureClass as FailureName } from '@sluice/core/tasks/failure-class.ts';
import {
  FailureClass,
  type TaskEvent,
  type Usage,
} from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import {
  type CompleteTask,
  CompleteTaskSchema,
  FailTaskSchema,
  HeartbeatSchema,
  ReturnTaskSchema,
  TaskNewsSchema,
  WantTasksSchema,
  type WorkerHello,
  WorkerHelloSchema,
  type WorkRequest,
  WorkRequestSchema,
} from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import { witnessedMessage } from '@sluice/protocol/ledger/head-message.ts';
import type { Witnessed } from '@sluice/protocol/ledger/signed-head.ts';
import type { TaskError } from './task-error.ts';

/** One attempt at a task. */
export interface AttemptName {
  readonly taskId: string;
  readonly attempt: number;
}

/** What goes with the end of an attempt. */
export type CountedUsage = Pick<
  Usage,
  'inputTokens' | 'outputTokens' | 'costMicros' | 'toolCalls' | 'toolErrors'
>;

/** The longest message of a failure that is told, in characters. */
const MESSAGE_LIMIT = 4_000;

const CLASSES: Readonly<Record<FailureName, FailureClass>> = {
  input: FailureClass.INPUT,
  transient: FailureClass.TRANSIENT,
  'rate-limited': FailureClass.RATE_LIMITED,
  timeout: FailureClass.TIMEOUT,
  tool: FailureClass.TOOL,
  model: FailureClass.MODEL,
  refused: FailureClass.REFUSED,
  crash: FailureClass.CRASH,
  lost: FailureClass.LOST,
};

const request = (message: WorkRequest['message']): WorkRequest => create(WorkRequestSchema, { message });

/** Says who comes, and with what it still has. */
export const helloRequest = (
  hello: Pick<WorkerHello, 'worker' | 'agentId' | 'revision' | 'capabilities' | 'labels' | 'sdk'>,
  held: readonly AttemptName[],
  witnessed: Witnessed,
): WorkRequest => {
  const { worker, agentId, revision, capabilities, labels, sdk } = hello;
  const value = {
    worker,
    agentId,
    revision,
    capabilities,
    labels,
    sdk,
    held: held.map((one) => ({ ...one })),
    witnessed: witnessedMessage(witnessed),
  };
  return request({ case: 'hello', value: create(WorkerHelloSchema, value) });
};

/** Says what it has of the ledger. */
export const witnessedRequest = (witnessed: Witnessed): WorkRequest =>
  request({ case: 'witnessed', value: witnessedMessage(witnessed) });

/** Asks for so many tasks more than before. */
export const wantRequest = (more: number): WorkRequest =>
  request({ case: 'want', value: create(WantTasksSchema, { more }) });

/** Says that it lives. */
export const heartbeatRequest = (): WorkRequest =>
  request({ case: 'heartbeat', value: create(HeartbeatSchema) });

/** Tells something on the way. */
export const newsRequest = ({ taskId, attempt }: AttemptName, event: TaskEvent): WorkRequest =>
  request({ case: 'news', value: create(TaskNewsSchema, { taskId, attempt, event }) });

/** Says that a task was done. */
export const completeRequest = (
  { taskId, attempt }: AttemptName,
  end: {
    readonly result: CompleteTask['result'];
    readonly usage: CountedUsage;
    readonly scores: CompleteTask['scores'];
  },
): WorkRequest => {
  const { result, usage, scores } = end;
  const value = create(CompleteTaskSchema, { taskId, attempt, usage, scores, ...(result ? { result } : {}) });
  return request({ case: 'complete', value });
};

/** Says that an attempt failed. */
export const failRequest = (
  { taskId, attempt }: AttemptName,
  { failureClass, message, retryAfterMs }: TaskError,
  usage: CountedUsage,
): WorkRequest => {
  const failure = { failureClass: CLASSES[failureClass], message: message.slice(0, MESSAGE_LIMIT) };
  const retryAfter = retryAfterMs === undefined ? {} : { retryAfter: durationFromMs(retryAfterMs) };
  const value = create(FailTaskSchema, { taskId, attempt, failure, usage, ...retryAfter });
  return request({ case: 'fail', value });
};

/** Gives a task back unharmed. */
export const returnRequest = ({ taskId, attempt }: AttemptName): WorkRequest =>
  request({ case: 'return', value: create(ReturnTaskSchema, { taskId, attempt }) });
