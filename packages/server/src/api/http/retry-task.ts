import { taskSchema } from '@sluice/protocol/http/tasks.ts';
import { byQuery } from '@sluice/protocol/http/tasks.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { TASK_PATH, taskPathSchema } from '../exchange/task-path.ts';

/** `POST /api/v1/tasks/:task/retry`: try a dead letter again. */
export const retryTask: Operation = (app, { tasks, idempotency }) => {
  if (tasks === undefined) return;
  const schema = {
    operationId: 'retryTask',
    tags: ['tasks'],
    summary: 'Try a dead letter again, on the revision that the split in force deals it to',
    params: taskPathSchema,
    querystring: z.strictObject(byQuery),
    headers: changeHeaders,
    response: {
      200: jsonReply('The task, which waits again.', taskSchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.post(`${TASK_PATH}/retry`, { schema, ...needs('tasks:steer', 'task') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () => tasks.retry(request.params.task, request.query.by)),
  );
};
