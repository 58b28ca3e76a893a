import { cancelWorkflowSchema, workflowSchema } from '@sluice/protocol/http/workflows.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { WORKFLOW_PATH, workflowPathSchema } from '../exchange/workflow-path.ts';

/** `POST /api/v1/workflows/:workflow/cancel`: end what is open of a workflow. */
export const cancelWorkflow: Operation = (app, { workflows, idempotency }) => {
  if (workflows === undefined) return;
  const schema = {
    operationId: 'cancelWorkflow',
    tags: ['workflows'],
    summary: 'End what is open of a workflow; workers that have some of it are told to stop',
    params: workflowPathSchema,
    headers: changeHeaders,
    body: cancelWorkflowSchema,
    response: {
      200: jsonReply('The workflow, which is stopping, or has ended.', workflowSchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.post(
    `${WORKFLOW_PATH}/cancel`,
    { schema, ...needs('tasks:steer', 'workflow') },
    async (request, reply) =>
      sendOnce({ request, reply, idempotency }, 200, () =>
        workflows.cancel(request.params.workflow, request.body.reason),
      ),
  );
};
