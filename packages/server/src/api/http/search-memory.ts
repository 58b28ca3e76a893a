import { memoryFoundSchema, searchMemorySchema } from '@sluice/protocol/http/memory.ts';
import { ok } from '@sluice/core/kernel/result.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { memoryPlaceOf } from '../exchange/memory-path.ts';
import { asProblem } from '../exchange/refused-as-problem.ts';

/** `POST /api/v1/memory-search`: find what is remembered by words, or by nearness; changes nothing. */
export const searchMemory: Operation = (app, { memory }) => {
  if (memory === undefined) return;
  const schema = {
    operationId: 'searchMemory',
    tags: ['memory'],
    summary: 'Find what is remembered by its words, or what is near to a vector',
    body: searchMemorySchema,
    response: {
      200: jsonReply('What was found, the best first.', memoryFoundSchema),
      ...postingRefusals(409, 422),
    },
  };
  app.post('/api/v1/memory-search', { schema, ...needs('memory:read', 'track') }, async (request, reply) => {
    const { text, near = [], limit, ...scope } = request.body;
    const place = memoryPlaceOf(scope);
    const found = place.ok ? await memory.search(place.value, { text, near, limit }) : place;
    return sendResult(request, reply, asProblem(found.ok ? ok({ items: found.value }) : found));
  });
};
