import { toolImportReplySchema, toolImportRequestSchema } from '@sluice/protocol/http/tools.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';

/** `POST /api/v1/tools/imports`: register the tools of an MCP server. */
export const importTools: Operation = (app, { tools, idempotency }) => {
  if (tools === undefined) return;
  const schema = {
    operationId: 'importTools',
    tags: ['tools'],
    summary: 'Register the tools that an MCP server has now, with their schemas',
    headers: changeHeaders,
    body: toolImportRequestSchema,
    response: {
      200: jsonReply('The tools as they are registered.', toolImportReplySchema),
      ...postingRefusals(409, 422),
    },
  };
  app.post(
    '/api/v1/tools/imports',
    { schema, ...needs('tools:manage', 'organisation') },
    async (request, reply) =>
      sendOnce({ request, reply, idempotency }, 200, () => tools.importAll(request.body)),
  );
};
