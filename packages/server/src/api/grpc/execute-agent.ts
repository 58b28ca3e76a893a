/**
 * Purpose: runs one task for a caller who stays and listens.
 *
 * Owns nothing: 1. a caller that goes, or whose time is over, leaves its task, which goes on; with an idempotency key it can
 * follow the same task again. 2. Whoever wants it ended says so.
 */
import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import {
  type AgentService,
  type ExecuteAgentRequest,
  ExecuteAgentResponseSchema,
  type TaskParameters,
} from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import type { TaskNews } from '../../tasks/task-news.ts';
import type { TaskRegistry } from '../../tasks/task-registry.ts';
import { type AgentDirectory, agentNamed } from './agent-directory.ts';
import { callError, problemError, refusalError } from './call-error.ts';
import { taskOfParameters, taskWordMessage } from './task-message.ts';

/** What tasks of callers are run with. */
export interface ExecutePorts {
  readonly tenant: string;
  readonly agents: Pick<AgentDirectory, 'get'>;
  readonly tasks: Pick<TaskRegistry, 'submit' | 'cancel'>;
  readonly news: TaskNews;
}

/** Takes a task, and says what becomes of it. */
export const executeAgent = (ports: ExecutePorts): ServiceImpl<typeof AgentService>['executeAgent'] =>
  async function* execution(requests, { signal }) {
    const words = requests[Symbol.asyncIterator]();
    const taken = await take(ports, startOf((await words.next()).value));
    yield create(ExecuteAgentResponseSchema, {
      message: { case: 'taken', value: { taskId: taken.id, isNew: taken.isNew } },
    });
    const failing = new AbortController();
    void obey(ports, taken.id, words).catch((thrown: unknown) => failing.abort(callError(thrown)));
    const following = ports.news.follow(ports.tenant, taken.id, AbortSignal.any([signal, failing.signal]));
    for await (const word of following) yield taskWordMessage(word);
    failing.signal.throwIfAborted();
    signal.throwIfAborted();
  };

function startOf(first: ExecuteAgentRequest | undefined): TaskParameters {
  if (first?.message.case === 'start') return first.message.value;
  throw new ConnectError('The first message says which task to run, in `start`.', Code.InvalidArgument);
}

async function take(ports: ExecutePorts, parameters: TaskParameters) {
  const agent = await agentNamed(ports.agents, parameters.agentId);
  if (!agent.ok) throw refusalError(agent.refusal);
  const task = taskOfParameters(parameters);
  if (!task.ok) throw refusalError(task.refusal);
  const answer = await ports.tasks.submit(agent.value.id, [task.value]);
  if (!answer.ok) throw problemError(answer.refusal);
  const [taken] = answer.value.tasks;
  if (taken === undefined) throw new ConnectError('No task was taken.', Code.Internal);
  return taken;
}

/** Does what the caller says later on. A caller that says no more is only listening. */
async function obey(
  { tasks, news, tenant }: ExecutePorts,
  id: string,
  words: AsyncIterator<ExecuteAgentRequest>,
): Promise<void> {
  for (let word = await nextOf(words); word !== undefined; word = await nextOf(words)) {
    if (word.message.case !== 'control' || word.message.value.control.case !== 'cancel')
      throw new ConnectError('A call runs one task: after `start` it takes `control`.', Code.InvalidArgument);
    // Where it has ended meanwhile, that is what the caller is told.
    const { reason } = word.message.value.control.value;
    await tasks.cancel(id, reason === '' ? {} : { reason: reason.slice(0, 1_000) });
    news.changed(tenant, id);
  }
}

/** The next word; undefined when there is none, or the call has ended. */
async function nextOf(words: AsyncIterator<ExecuteAgentRequest>): Promise<ExecuteAgentRequest | undefined> {
  try {
    const { done, value } = await words.next();
    return done ? undefined : value;
  } catch (thrown) {
    const { code } = ConnectError.from(thrown);
    if (code === Code.Canceled || code === Code.Aborted || code === Code.DeadlineExceeded) return undefined;
    throw thrown;
  }
}
