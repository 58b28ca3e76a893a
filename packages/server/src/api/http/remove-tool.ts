import { toolSchema } from '@sluice/protocol/http/tools.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { TOOL_PATH, toolPathSchema } from '../exchange/tool-path.ts';

const querySchema = z.strictObject({
  by: z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.'),
});

/** `DELETE /api/v1/tools/:name/:version`: forget a version of a tool; what it was called for stays in the record. */
export const removeTool: Operation = (app, { tools, idempotency }) => {
  if (tools === undefined) return;
  const schema = {
    operationId: 'removeTool',
    tags: ['tools'],
    summary: 'Forget a version of a tool; the record of its calls stays',
    params: toolPathSchema,
    querystring: querySchema,
    headers: changeHeaders,
    response: {
      200: jsonReply('The tool as it was registered.', toolSchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.delete(TOOL_PATH, { schema, ...needs('tools:manage', 'organisation') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () =>
      tools.remove(request.params.name, request.params.version, request.query.by),
    ),
  );
};
