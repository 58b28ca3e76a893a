import { workflowReplySchema, workflowRequestSchema } from '@sluice/protocol/http/workflows.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';

/** As a request of tasks: what is larger is passed by reference. */
const BODY_BYTES = 16 * 1024 * 1024;

/** `POST /api/v1/workflows`: submit tasks that wait for each other. */
export const submitWorkflow: Operation = (app, { workflows, idempotency }) => {
  if (workflows === undefined) return;
  const schema = {
    operationId: 'submitWorkflow',
    tags: ['workflows'],
    summary: 'Submit tasks that wait for each other; all of them are taken, or none',
    headers: changeHeaders,
    body: workflowRequestSchema,
    response: {
      202: jsonReply('It is taken; its id, and those of its tasks.', workflowReplySchema),
      ...postingRefusals(409, 422),
    },
  };
  app.post('/api/v1/workflows', { schema, bodyLimit: BODY_BYTES }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 202, () => workflows.submit(request.body)),
  );
};
