import { taskSchema } from '@sluice/protocol/http/tasks.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { TASK_PATH, taskPathSchema } from '../exchange/task-path.ts';

/** `GET /api/v1/tasks/:task`: one task with what came of it. */
export const readTask: Operation = (app, { tasks }) => {
  if (tasks === undefined) return;
  const schema = {
    operationId: 'readTask',
    tags: ['tasks'],
    summary: 'Read one task, with its input and its result',
    params: taskPathSchema,
    response: { 200: jsonReply('The task as it stands.', taskSchema), ...readingRefusals(404) },
  };
  app.get(TASK_PATH, { schema, ...needs('tasks:read', 'task') }, async (request, reply) =>
    sendResult(request, reply, await tasks.task(request.params.task)),
  );
};
