import { memoryPageSchema, memoryScopeShape } from '@sluice/protocol/http/memory.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { MEMORY_PATH, memoryPlaceOf } from '../exchange/memory-path.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';
import { asProblem } from '../exchange/refused-as-problem.ts';

const querySchema = z.strictObject({
  ...memoryScopeShape,
  prefix: z.string().max(200).default('').describe('Only keys that begin so.'),
  ...pageQuery,
});

/** `GET /api/v1/memory`: what a session, an agent or the tenant remembers. */
export const listMemory: Operation = (app, { memory }) => {
  if (memory === undefined) return;
  const schema = {
    operationId: 'listMemory',
    tags: ['memory'],
    summary: 'List what is remembered, in the order of the keys',
    querystring: querySchema,
    response: {
      200: jsonReply('A page of keys with what they hold.', memoryPageSchema),
      ...readingRefusals(422),
    },
  };
  app.get(MEMORY_PATH, { schema, ...needs('memory:read', 'track') }, async (request, reply) => {
    const { track, session, prefix, ...page } = request.query;
    const place = memoryPlaceOf({ track, session });
    if (!place.ok) return sendResult(request, reply, asProblem(place));
    const list = `memory?${JSON.stringify([track, session, prefix])}`;
    const found = await readPage(list, page, async ({ cursor, limit }) => {
      const read = await memory.list(place.value, { prefix, after: cursor ?? '', limit });
      const { items, hasMore } = read.ok ? read.value : { items: [], hasMore: false };
      return { items, next: hasMore ? (items.at(-1)?.key ?? null) : null };
    });
    return sendResult(request, reply, found);
  });
};
