import { trackIdFrom } from '@sluice/core/kernel/ids.ts';
import { taskIdSchema } from '@sluice/protocol/http/tasks.ts';
import {
  type ToolCallView,
  toolCallPageSchema,
  toolCallStateSchema,
  toolNameSchema,
} from '@sluice/protocol/http/tools.ts';
import { z } from 'zod';
import { needsForList } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';

const querySchema = z.strictObject({
  task: taskIdSchema.optional(),
  track: z.string().min(1).max(200).optional().describe('`application/environment/component`.'),
  tool: toolNameSchema.optional().describe('As the agent calls it, or as it is registered.'),
  state: toolCallStateSchema.optional(),
  ...pageQuery,
});

/** `GET /api/v1/tool-calls`: what agents called, newest first. */
export const listToolCalls: Operation = (app, { tools }) => {
  if (tools === undefined) return;
  const schema = {
    operationId: 'listToolCalls',
    tags: ['tools'],
    summary: 'List the calls of tools, newest first, refused ones too',
    querystring: querySchema,
    response: { 200: jsonReply('A page of calls, newest first.', toolCallPageSchema), ...readingRefusals() },
  };
  app.get(
    '/api/v1/tool-calls',
    { schema, ...needsForList('tools:read', ({ track }: ToolCallView) => track) },
    async (request, reply) => {
      const { task, track, tool, state, ...page } = request.query;
      const list = `tool-calls?${JSON.stringify([task, track, tool, state])}`;
      const filter = { task, track: track === undefined ? undefined : trackIdFrom(track), tool, state };
      const found = await readPage(list, page, (wanted) => tools.calls(filter, wanted));
      return sendResult(request, reply, found);
    },
  );
};
