/**
 * Purpose: what one attempt keeps at the server: its memory, its checkpoint, and what is too large for a task.
 *
 * Owns nothing. 1. Everything is said in the name of the attempt, so that nothing counts any more once its lease is lost.
 * 2. What is large goes its own way without the handler: an input is there as a whole, and a result is uploaded.
 */
import type { AssignTask } from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import {
  PAYLOAD_LIMITS,
  payloadIn,
  type PayloadReference,
  referenceTo,
} from '@sluice/core/tasks/payload-reference.ts';
import { TASK_LIMITS } from '@sluice/core/tasks/task-limits.ts';
import { jsonText, plainJson, wireJson } from './json-value.ts';
import { rehearsedMemory } from './rehearsed-memory.ts';
import { called, type ServerClients } from './server-calls.ts';
import { serverMemory } from './server-memory.ts';
import { type TeamContext, taskTeamwork } from './task-teamwork.ts';
import type { TaskMemory } from './task-memory.ts';

/** What a handler can keep. */
export interface KeepingContext extends TeamContext {
  /** What is remembered from task to task. */
  readonly memory: TaskMemory;
  /** Saves how far the attempt has come: a later one finds it in `lastCheckpoint`. JSON of at most 256 KiB. */
  checkpoint(value: unknown): Promise<void>;
  /** Reads what is passed by reference. */
  download(
    reference: PayloadReference,
  ): Promise<{ readonly mediaType: string; readonly content: Uint8Array }>;
  /** Keeps bytes, or text, for as long as this task; at most 64 MiB. The reference may stand in the result. */
  upload(content: Uint8Array | string, mediaType?: string): Promise<PayloadReference>;
}

/** What an attempt keeps. */
export interface TaskKeeping {
  readonly context: KeepingContext;
  /** The input itself, where the task has a reference to JSON. */
  input(): Promise<unknown>;
  /** The result as it goes with the task: a reference where it is too large. */
  result(value: unknown): Promise<unknown>;
}

/** Keeps things for one attempt. */
export function taskKeeping(
  assigned: AssignTask,
  {
    clients,
    worker,
    capabilities,
    signal,
  }: {
    readonly clients: ServerClients;
    readonly worker: string;
    readonly capabilities: readonly string[];
    readonly signal: AbortSignal;
  },
): TaskKeeping {
  const attempt = { worker, taskId: assigned.taskId, attempt: assigned.attempt };
  const memory = serverMemory({ client: clients.memory, attempt, signal });

  const download: KeepingContext['download'] = ({ $payload }) =>
    called(signal, async (options) => {
      const chunks: Uint8Array[] = [];
      let mediaType = '';
      for await (const { part } of clients.payloads.downloadPayload({ payload: $payload }, options))
        if (part.case === 'chunk') chunks.push(part.value);
        else if (part.case === 'description') ({ mediaType } = part.value);
      return { mediaType, content: Buffer.concat(chunks) };
    });

  const upload: KeepingContext['upload'] = async (content, mediaType = 'application/octet-stream') => {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const { payload } = await called(signal, (options) =>
      clients.payloads.uploadPayload(partsOf(bytes, { mediaType, attempt }), options),
    );
    return referenceTo(payload);
  };

  return {
    context: {
      ...taskTeamwork(assigned, { client: clients.team, attempt, capabilities, signal }),
      ...{ download, upload, memory: assigned.mayAct ? memory : rehearsedMemory(memory) },
      checkpoint: async (value) => {
        const checkpoint = wireJson(value);
        await called(signal, (options) => clients.worker.saveCheckpoint({ attempt, checkpoint }, options));
      },
    },
    input: async () => {
      const input = plainJson(assigned.input);
      const payload = payloadIn(input);
      if (payload === null) return input;
      const { mediaType, content } = await download(referenceTo(payload));
      return mediaType.startsWith('application/json') ? JSON.parse(Buffer.from(content).toString()) : input;
    },
    result: async (value) => {
      const text = jsonText(value, 'result');
      return Buffer.byteLength(text) <= TASK_LIMITS.payloadBytes ? value : upload(text, 'application/json');
    },
  };
}

async function* partsOf(bytes: Uint8Array, header: object) {
  yield { part: { case: 'header' as const, value: header } };
  for (let at = 0; at < bytes.length; at += PAYLOAD_LIMITS.chunkBytes)
    yield { part: { case: 'chunk' as const, value: bytes.subarray(at, at + PAYLOAD_LIMITS.chunkBytes) } };
}
