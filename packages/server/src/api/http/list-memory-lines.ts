import { memoryLinePageSchema, memoryScopeShape } from '@sluice/protocol/http/memory.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { MEMORY_KEY_PATH, memoryPathSchema, memoryPlaceOf } from '../exchange/memory-path.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';
import { asProblem } from '../exchange/refused-as-problem.ts';

const querySchema = z.strictObject({ ...memoryScopeShape, ...pageQuery });

/** `GET /api/v1/memory/:key/lines`: the lines of a key, in order. */
export const listMemoryLines: Operation = (app, { memory }) => {
  if (memory === undefined) return;
  const schema = {
    operationId: 'listMemoryLines',
    tags: ['memory'],
    summary: 'List the lines of a key, in the order in which they were added',
    params: memoryPathSchema,
    querystring: querySchema,
    response: {
      200: jsonReply('A page of lines.', memoryLinePageSchema),
      ...readingRefusals(422),
    },
  };
  app.get(
    `${MEMORY_KEY_PATH}/lines`,
    { schema, ...needs('memory:read', 'track') },
    async (request, reply) => {
      const { track, session, ...page } = request.query;
      const { key } = request.params;
      const place = memoryPlaceOf({ track, session });
      if (!place.ok) return sendResult(request, reply, asProblem(place));
      const list = `lines?${JSON.stringify([track, session, key])}`;
      const found = await readPage(list, page, async ({ cursor, limit }) => {
        const read = await memory.lines(place.value, { key, after: Number(cursor ?? 0), limit });
        const { items, hasMore } = read.ok ? read.value : { items: [], hasMore: false };
        const last = items.at(-1);
        return { items, next: hasMore && last ? String(last.sequence) : null };
      });
      return sendResult(request, reply, found);
    },
  );
};
