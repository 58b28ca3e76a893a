import { scoreReplySchema, scoreRequestSchema } from '@sluice/protocol/http/scores.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { TASK_PATH, taskPathSchema } from '../exchange/task-path.ts';

/** `POST /api/v1/tasks/:task/scores`: say how good a result was, also long after. */
export const scoreTask: Operation = (app, { tasks, idempotency }) => {
  if (tasks === undefined) return;
  const schema = {
    operationId: 'scoreTask',
    tags: ['tasks'],
    summary: 'Say how good the result of a task was; the judge compares revisions by it',
    params: taskPathSchema,
    headers: changeHeaders,
    body: scoreRequestSchema,
    response: {
      200: jsonReply('They are kept; which of them count as evidence.', scoreReplySchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.post(`${TASK_PATH}/scores`, { schema, ...needs('tasks:steer', 'task') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () =>
      tasks.score({ task: request.params.task, ...request.body }),
    ),
  );
};
