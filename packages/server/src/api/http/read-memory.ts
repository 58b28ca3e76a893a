import { memoryEntrySchema } from '@sluice/protocol/http/memory.ts';
import { refuse } from '@sluice/core/kernel/result.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import {
  MEMORY_KEY_PATH,
  memoryPathSchema,
  memoryPlaceOf,
  memoryQuerySchema,
} from '../exchange/memory-path.ts';
import { asProblem } from '../exchange/refused-as-problem.ts';

/** `GET /api/v1/memory/:key`: what is remembered under a key. */
export const readMemory: Operation = (app, { memory }) => {
  if (memory === undefined) return;
  const schema = {
    operationId: 'readMemory',
    tags: ['memory'],
    summary: 'Read what is remembered under a key',
    params: memoryPathSchema,
    querystring: memoryQuerySchema,
    response: {
      200: jsonReply('What it holds.', memoryEntrySchema),
      ...readingRefusals(404, 422),
    },
  };
  app.get(MEMORY_KEY_PATH, { schema, ...needs('memory:read', 'track') }, async (request, reply) => {
    const place = memoryPlaceOf(request.query);
    const read = place.ok ? await memory.get(place.value, request.params.key) : place;
    const found = read.ok && read.value === null ? nothingThere(request.params.key) : read;
    return sendResult(request, reply, asProblem(found));
  });
};

const nothingThere = (key: string) =>
  refuse(
    'not-found',
    `Nothing is remembered under ${key} there.`,
    '`sluice memory list` shows what is; a session and an agent have memories of their own.',
  );
