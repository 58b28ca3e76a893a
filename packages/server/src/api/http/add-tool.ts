import { toolRequestSchema, toolSchema } from '@sluice/protocol/http/tools.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';

/** `POST /api/v1/tools`: register a version of a tool. */
export const addTool: Operation = (app, { tools, idempotency }) => {
  if (tools === undefined) return;
  const schema = {
    operationId: 'addTool',
    tags: ['tools'],
    summary: 'Register a version of a tool; the same one once more changes nothing',
    headers: changeHeaders,
    body: toolRequestSchema,
    response: {
      200: jsonReply('The tool as it is registered.', toolSchema),
      ...postingRefusals(409, 422),
    },
  };
  app.post('/api/v1/tools', { schema, ...needs('tools:manage', 'organisation') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () => tools.add(request.body)),
  );
};
