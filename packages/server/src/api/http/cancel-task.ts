import { cancelQuerySchema, taskSchema } from '@sluice/protocol/http/tasks.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { TASK_PATH, taskPathSchema } from '../exchange/task-path.ts';

/** `POST /api/v1/tasks/:task/cancel`: end a task for good. */
export const cancelTask: Operation = (app, { tasks, idempotency }) => {
  if (tasks === undefined) return;
  const schema = {
    operationId: 'cancelTask',
    tags: ['tasks'],
    summary: 'End a task for good; a worker that has it is told to stop',
    params: taskPathSchema,
    querystring: cancelQuerySchema,
    headers: changeHeaders,
    response: {
      200: jsonReply('The task, which is cancelled.', taskSchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.post(`${TASK_PATH}/cancel`, { schema, ...needs('tasks:steer', 'task') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () => tasks.cancel(request.params.task, request.query)),
  );
};
