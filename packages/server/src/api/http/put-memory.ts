import { memoryChangedSchema, putMemorySchema } from '@sluice/protocol/http/memory.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import {
  MEMORY_KEY_PATH,
  memoryPathSchema,
  memoryPlaceOf,
  memoryQuerySchema,
} from '../exchange/memory-path.ts';
import { asProblem } from '../exchange/refused-as-problem.ts';

/** A value has at most 64 KiB, and a vector as much again. */
const BODY_BYTES = 256 * 1024;

/** `PUT /api/v1/memory/:key`: remember a value. */
export const putMemory: Operation = (app, { memory, idempotency }) => {
  if (memory === undefined) return;
  const schema = {
    operationId: 'putMemory',
    tags: ['memory'],
    summary: 'Remember a value under a key, instead of what was there',
    params: memoryPathSchema,
    querystring: memoryQuerySchema,
    headers: changeHeaders,
    body: putMemorySchema,
    response: {
      200: jsonReply('It is remembered.', memoryChangedSchema),
      ...postingRefusals(409, 422),
    },
  };
  app.put(
    MEMORY_KEY_PATH,
    { schema, ...needs('memory:write', 'track'), bodyLimit: BODY_BYTES },
    async (request, reply) =>
      sendOnce({ request, reply, idempotency }, 200, async () => {
        const place = memoryPlaceOf(request.query);
        const { key } = request.params;
        return asProblem(place.ok ? await memory.put(place.value, key, request.body) : place);
      }),
  );
};
