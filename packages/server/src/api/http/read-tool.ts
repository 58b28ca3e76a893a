import { toolSchema } from '@sluice/protocol/http/tools.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { TOOL_PATH, toolPathSchema } from '../exchange/tool-path.ts';

/** `GET /api/v1/tools/:name/:version`: one version of a tool. */
export const readTool: Operation = (app, { tools }) => {
  if (tools === undefined) return;
  const schema = {
    operationId: 'readTool',
    tags: ['tools'],
    summary: 'Read one version of a tool',
    params: toolPathSchema,
    response: { 200: jsonReply('The tool as it is registered.', toolSchema), ...readingRefusals(404) },
  };
  app.get(TOOL_PATH, { schema, ...needs('tools:read', 'anywhere') }, async (request, reply) => {
    const { name, version } = request.params;
    return sendResult(request, reply, await tools.tool(name, version));
  });
};
