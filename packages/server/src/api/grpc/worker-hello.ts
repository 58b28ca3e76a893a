import type { WorkerHello as HelloMessage } from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import { revisionId } from '@sluice/core/kernel/ids.ts';
import { isLabel } from '@sluice/core/tasks/affinity.ts';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import type { WorkerHello } from '../../tasks/worker-hello.ts';
import { isTaskId } from '../../tasks/task-id.ts';
import { type AgentDirectory, agentNamed } from './agent-directory.ts';

/** Most tasks that a worker may have, or want, at the same time. */
export const MOST_TASKS = 1_000;
const MOST_ABILITIES = 64;
const MOST_LABELS = 64;
const LONGEST_NAME = 200;
const ABILITY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const REVISION = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;
/** What a column of attempts holds. */
const MOST_ATTEMPTS = 2 ** 31 - 1;

/** A worker that may be let in. */
export interface CheckedHello {
  readonly hello: WorkerHello;
  /** What it still has, as far as that can be: an attempt at a task. */
  readonly held: readonly { readonly id: string; readonly attempt: number }[];
}

/** Checks the first word of a worker. */
export async function checkedHello(
  agents: Pick<AgentDirectory, 'get' | 'revision'>,
  tenant: string,
  said: HelloMessage,
): Promise<Result<CheckedHello>> {
  const fault = faultOf(said);
  if (fault !== null) return fault;
  const agent = await agentNamed(agents, said.agentId);
  if (!agent.ok) return agent;
  const queue = agent.value.id;
  const revision = revisionId(said.revision);
  const known = REVISION.test(revision) ? await agents.revision(queue, revision) : null;
  if (known === null) return noSuchRevision(said);
  const odd = said.capabilities.find((ability) => known.declared?.includes(ability) === false);
  if (odd !== undefined) return undeclared(said, odd, known.declared ?? []);
  const abilities = said.capabilities.length > 0 ? said.capabilities : [...(known.declared ?? [])];
  const held = said.held
    .map(({ taskId, attempt }) => ({ id: taskId, attempt }))
    .filter(({ id, attempt }) => isTaskId(id) && attempt <= MOST_ATTEMPTS);
  return ok({
    hello: {
      tenant,
      worker: said.worker,
      queue,
      revision,
      abilities: [...abilities, ...said.labels],
    },
    held,
  });
}

function faultOf({ worker, capabilities, labels, held }: HelloMessage): Result<never> | null {
  if (worker === '' || worker.length > LONGEST_NAME || worker.includes('\0') || !worker.isWellFormed())
    return invalid(
      `Its name has ${worker.length} characters, or one that is no text.`,
      `Give the worker a name of 1 to ${LONGEST_NAME} characters that no other one has.`,
    );
  if (held.length > MOST_TASKS)
    return invalid(`It has ${held.length} tasks.`, `Take at most ${MOST_TASKS} at the same time.`);
  const oddLabel = labels.find((label) => !isLabel(label));
  if (oddLabel !== undefined || labels.length > MOST_LABELS)
    return invalid(
      oddLabel === undefined
        ? `It names ${labels.length} labels.`
        : `It names the label ${quoted(oddLabel)}.`,
      `Name at most ${MOST_LABELS}, each as key=value of letters, digits, dot, dash and underscore, at most 63 long each.`,
    );
  const odd = capabilities.find((ability) => !ABILITY.test(ability));
  if (odd === undefined && capabilities.length <= MOST_ABILITIES) return null;
  return invalid(
    odd === undefined
      ? `It names ${capabilities.length} capabilities.`
      : `It names the capability ${quoted(odd)}.`,
    `Name at most ${MOST_ABILITIES}, of letters, digits, dot, dash and underscore, each at most 64 long.`,
  );
}

const invalid = (what: string, remedy: string): Result<never> =>
  refuse('invalid-hello', `The worker was not let in. ${what}`, remedy);

const noSuchRevision = ({ agentId, revision }: HelloMessage): Result<never> =>
  refuse(
    'no-such-revision',
    `The agent ${agentId} has no revision ${quoted(revision)}.`,
    'Take it from SLUICE_REVISION, which Sluice gives to every worker that it starts.',
  );

const undeclared = ({ agentId }: HelloMessage, odd: string, declared: readonly string[]): Result<never> =>
  refuse(
    'undeclared-capability',
    `The worker was not let in. It names the capability ${quoted(odd)}, and ${agentId} declares ${declared.join(', ')}.`,
    'Declare it under `agents.capabilities` and release that, or leave it out: without any the worker has all of them.',
  );

const quoted = (text: string): string => `'${text.slice(0, 80)}'`;
