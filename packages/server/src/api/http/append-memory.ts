import { appendMemorySchema, memoryChangedSchema } from '@sluice/protocol/http/memory.ts';
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

/** `POST /api/v1/memory/:key/lines`: add a line to a key. */
export const appendMemory: Operation = (app, { memory, idempotency }) => {
  if (memory === undefined) return;
  const schema = {
    operationId: 'appendMemory',
    tags: ['memory'],
    summary: 'Add a line to a key; what was added is never changed',
    params: memoryPathSchema,
    querystring: memoryQuerySchema,
    headers: changeHeaders,
    body: appendMemorySchema,
    response: {
      201: jsonReply('It was added; `lines` is its sequence.', memoryChangedSchema),
      ...postingRefusals(409, 422),
    },
  };
  app.post(
    `${MEMORY_KEY_PATH}/lines`,
    { schema, ...needs('memory:write', 'track'), bodyLimit: BODY_BYTES },
    async (request, reply) =>
      sendOnce({ request, reply, idempotency }, 201, async () => {
        const place = memoryPlaceOf(request.query);
        const { key } = request.params;
        return asProblem(place.ok ? await memory.append(place.value, key, request.body) : place);
      }),
  );
};
