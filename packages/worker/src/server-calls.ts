import { Code, ConnectError, type Client } from '@connectrpc/connect';
import type { MemoryService } from '@sluice/protocol/generated/sluice/agents/v1/memory_pb.js';
import type { PayloadService } from '@sluice/protocol/generated/sluice/agents/v1/payloads_pb.js';
import type { ToolService } from '@sluice/protocol/generated/sluice/agents/v1/tools_pb.js';
import type { TeamworkService } from '@sluice/protocol/generated/sluice/agents/v1/teamwork_pb.js';
import type { WorkerService } from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import type { FailureClass } from '@sluice/core/tasks/failure-class.ts';
import { pause } from './pause.ts';
import { TaskError } from './task-error.ts';
import { MemoryConflict } from './task-memory.ts';

/** How a worker reaches a server beside its session. */
export interface ServerClients {
  readonly worker: Client<typeof WorkerService>;
  readonly memory: Client<typeof MemoryService>;
  readonly payloads: Client<typeof PayloadService>;
  readonly team: Client<typeof TeamworkService>;
  readonly tools: Client<typeof ToolService>;
}

/** How often a call is made that may be made twice, while no server answers. */
const TRIES = 5;
/** Before the second try, in ms; each further one is twice as long. */
const PAUSE_MS = 200;
/** Of one try, in ms. */
const TIMEOUT_MS = 15_000;

/**
 * Makes a call for a task, again where no server answers.
 * @param call what may be made twice
 * @throws TaskError with a class that says whether another attempt may help; MemoryConflict where somebody was faster
 */
export async function called<Answer>(
  signal: AbortSignal,
  call: (options: { readonly signal: AbortSignal; readonly timeoutMs: number }) => Promise<Answer>,
  tries = TRIES,
): Promise<Answer> {
  for (let attempt = 1; ; attempt++)
    try {
      return await call({ signal, timeoutMs: TIMEOUT_MS });
    } catch (thrown) {
      signal.throwIfAborted();
      const error = ConnectError.from(thrown);
      const isAway = error.code === Code.Unavailable || error.code === Code.DeadlineExceeded;
      if (!isAway || attempt >= tries) throw failureOf(error);
      await pause(PAUSE_MS * 2 ** (attempt - 1), signal);
      signal.throwIfAborted();
    }
}

const CLASSES: Readonly<Partial<Record<Code, FailureClass>>> = {
  [Code.Unavailable]: 'transient',
  [Code.DeadlineExceeded]: 'transient',
  [Code.ResourceExhausted]: 'refused',
};

function failureOf(error: ConnectError): TaskError {
  if (error.code === Code.Aborted) return new MemoryConflict(error.rawMessage, error);
  return new TaskError(CLASSES[error.code] ?? 'crash', error.rawMessage, { cause: error });
}
