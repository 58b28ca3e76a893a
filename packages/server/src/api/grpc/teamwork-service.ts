import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationMs, type Duration, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  type Continuation as ToldContinuation,
  type JoinTasksResponseSchema,
  type MailAddress as ToldAddress,
  type MailAddressSchema,
  type ReceivedMessageSchema,
  type TeamworkService,
} from '@sluice/protocol/generated/sluice/agents/v1/teamwork_pb.js';
import type { WorkflowTask } from '@sluice/protocol/generated/sluice/agents/v1/workflows_pb.js';
import { trackIdFrom } from '@sluice/core/kernel/ids.ts';
import { refuse, type Result } from '@sluice/core/kernel/result.ts';
import { TASK_LIMITS } from '@sluice/core/tasks/task-limits.ts';
import { isTaskId } from '../../tasks/task-id.ts';
import { MAIL_LIMITS, type Mail } from '../../workflows/agent-mail.ts';
import type { Continuation, SpawnedNode } from '../../workflows/spawn-tasks.ts';
import type { Teamwork } from '../../workflows/workflow-registry.ts';
import { fenceIn } from './attempt-fence.ts';
import { valueOf } from './call-error.ts';
import { jsonOfValue, valueOfJson } from './json-value.ts';
import { failureMessage } from './task-message.ts';
import { agentIn, askedIn, joinIn, limitsIn } from './workflow-service.ts';

/** For so long a message is kept from others where nobody says more, in ms. */
const USUAL_HOLD_MS = 60_000;
const RECEIPT = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** How tasks work together, for their workers. */
export const teamworkService = (team: Teamwork): ServiceImpl<typeof TeamworkService> => ({
  spawnTasks: async ({ attempt, tasks, continuation, limits }) => {
    valueOf(fits('tasks', tasks.length, TASK_LIMITS.batch));
    const spawned = valueOf(
      await team.spawn(valueOf(fenceIn(attempt)), {
        children: tasks.map(childOf),
        continuation: continuation === undefined ? null : continuationOf(continuation),
        limits: limitsIn(limits),
      }),
    );
    return {
      workflowId: spawned.workflow,
      tasks: spawned.tasks.map(({ name, id, isNew }) => ({ name, taskId: id, isNew })),
    };
  },
  joinTasks: async function* joining({ attempt, taskIds }, { signal }) {
    valueOf(fits('ids of tasks', taskIds.length, 10_000));
    const ends = valueOf(await team.join(valueOf(fenceIn(attempt)), taskIds, signal));
    for await (const end of ends) yield endMessage(end);
  },
  sendMessage: async ({ attempt, to, body, key, expiresIn }) => {
    const sent = valueOf(
      await team.mail.send(valueOf(fenceIn(attempt)), {
        to: valueOf(addressIn(to)),
        body: valueOf(jsonOfValue(body)),
        key,
        expiresInMs: msOf(expiresIn, MAIL_LIMITS.usualMs),
      }),
    );
    return { messageId: sent.id, sequence: BigInt(sent.sequence), isNew: sent.isNew };
  },
  receiveMessages: async ({ attempt, capabilities, limit, wait, hold }, { signal }) => {
    const request = {
      abilities: capabilities.slice(0, 64),
      limit: limit || 1,
      waitMs: msOf(wait, 0),
      hiddenMs: msOf(hold, USUAL_HOLD_MS),
    };
    const got = valueOf(await team.mail.receive(valueOf(fenceIn(attempt)), request, signal));
    return { messages: got.map(mailMessage) };
  },
  acknowledgeMessages: async ({ attempt, receipts }) => {
    valueOf(fits('receipts', receipts.length, 1_000));
    const those = receipts
      .map(({ messageId, receipt }) => ({ id: messageId, receipt }))
      .filter(({ id, receipt }) => isTaskId(id) && RECEIPT.test(receipt));
    const done = valueOf(await team.mail.acknowledge(valueOf(fenceIn(attempt)), those));
    return { messageIds: [...done] };
  },
});

const msOf = (said: Duration | undefined, usualMs: number): number =>
  said === undefined ? usualMs : Math.max(0, Math.round(durationMs(said)));

const fits = (what: string, many: number, most: number): Result<null> =>
  many <= most
    ? { ok: true, value: null }
    : refuse(
        'invalid-request',
        `The call has ${many} ${what}, and ${most} are the most.`,
        'Make several calls.',
      );

function childOf({ name, task, after, join, compensation }: WorkflowTask): SpawnedNode {
  const { capabilities, input = null, ...asked } = askedIn(task);
  const undo = compensation && requestOf(compensation, name);
  return {
    ...{ ...asked, input, name, after, join: joinIn(join) },
    track: task?.agentId ? trackIdFrom(agentIn(task, name)) : null,
    ...(capabilities && { abilities: capabilities }),
    ...(undo && { compensation: undo }),
  };
}

function requestOf(task: NonNullable<WorkflowTask['task']>, name: string): SpawnedNode['compensation'] {
  const { capabilities, input, ...asked } = askedIn(task);
  const track = trackIdFrom(agentIn(task, name));
  return { ...asked, input, track, ...(capabilities && { abilities: capabilities }) };
}

const continuationOf = ({ input, after, join }: ToldContinuation): Continuation => ({
  input: input === undefined ? undefined : valueOf(jsonOfValue(input)),
  after,
  join: joinIn(join),
});

type JoinedEnd = typeof JoinTasksResponseSchema;

function endMessage(end: {
  readonly task: string;
  readonly name: string;
  readonly state: string;
  readonly result: unknown;
  readonly failure: { readonly failureClass: string; readonly message: string } | null;
}): MessageInitShape<JoinedEnd> {
  const { task, name, state, result, failure } = end;
  return {
    ...{ taskId: task, name, state },
    ...(state === 'succeeded' && { result: valueOf(valueOfJson(result)) }),
    ...(failure && { failure: failureMessage(failure) }),
  };
}

function addressIn(said: ToldAddress | undefined): Result<Mail['to']> {
  const { to, session = '' } = said ?? {};
  const kinds = { agentId: 'agent', capability: 'capability', taskId: 'task' } as const;
  if (to?.case !== undefined) return { ok: true, value: { kind: kinds[to.case], name: to.value, session } };
  return refuse(
    'invalid-message',
    'The message was not sent: it says not whom it is for.',
    'Name an agent, a capability or a task.',
  );
}

type Received = Extract<Awaited<ReturnType<Teamwork['mail']['receive']>>, { ok: true }>['value'][number];

function mailMessage(message: Received): MessageInitShape<typeof ReceivedMessageSchema> {
  const { id, sequence, senderTask, senderQueue, senderSession, deliveries, receipt, sentAt, body } = message;
  return {
    ...{ messageId: id, to: addressMessage(message), sequence: BigInt(sequence), senderTaskId: senderTask },
    ...{ senderAgentId: senderQueue, senderSession: senderSession ?? '', deliveries, receipt },
    ...{ body: valueOf(valueOfJson(body)), sentAt: timestampFromMs(sentAt) },
  };
}

function addressMessage({ kind, name, session }: Received): MessageInitShape<typeof MailAddressSchema> {
  if (kind === 'agent') return { to: { case: 'agentId', value: name }, session };
  return kind === 'task'
    ? { to: { case: 'taskId', value: name }, session }
    : { to: { case: 'capability', value: name }, session };
}
