import { workflowSchema } from '@sluice/protocol/http/workflows.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { WORKFLOW_PATH, workflowPathSchema } from '../exchange/workflow-path.ts';

/** `GET /api/v1/workflows/:workflow`: a workflow with its tasks. */
export const readWorkflow: Operation = (app, { workflows }) => {
  if (workflows === undefined) return;
  const schema = {
    operationId: 'readWorkflow',
    tags: ['workflows'],
    summary: 'Read a workflow with its tasks, also those that they have spawned',
    params: workflowPathSchema,
    response: {
      200: jsonReply('The workflow.', workflowSchema),
      ...readingRefusals(404),
    },
  };
  app.get(WORKFLOW_PATH, { schema, ...needs('tasks:read', 'workflow') }, async (request, reply) =>
    sendResult(request, reply, await workflows.workflow(request.params.workflow)),
  );
};
