import { trackIdFrom } from '@sluice/core/kernel/ids.ts';
import { taskIdSchema } from '@sluice/protocol/http/tasks.ts';
import { type HookFiringView, hookFiringPageSchema } from '@sluice/protocol/http/tools.ts';
import { z } from 'zod';
import { needsForList } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';

const querySchema = z.strictObject({
  task: taskIdSchema.optional(),
  track: z.string().min(1).max(200).optional().describe('`application/environment/component`.'),
  ...pageQuery,
});

/** `GET /api/v1/hook-firings`: what hooks said, newest first. */
export const listHookFirings: Operation = (app, { tools }) => {
  if (tools === undefined) return;
  const schema = {
    operationId: 'listHookFirings',
    tags: ['tools'],
    summary: 'List what hooks said, newest first',
    querystring: querySchema,
    response: {
      200: jsonReply('A page of what hooks said, newest first.', hookFiringPageSchema),
      ...readingRefusals(),
    },
  };
  app.get(
    '/api/v1/hook-firings',
    { schema, ...needsForList('tools:read', ({ track }: HookFiringView) => track) },
    async (request, reply) => {
      const { task, track, ...page } = request.query;
      const list = `hook-firings?${JSON.stringify([task, track])}`;
      const filter = { task, track: track === undefined ? undefined : trackIdFrom(track) };
      const found = await readPage(list, page, (wanted) => tools.firings(filter, wanted));
      return sendResult(request, reply, found);
    },
  );
};
