import { taskEventPageSchema } from '@sluice/protocol/http/task-events.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';
import { TASK_PATH, taskPathSchema } from '../exchange/task-path.ts';

const querySchema = z.strictObject({
  ...pageQuery,
  after: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(0)
    .describe('Begin after this sequence.'),
});

/** `GET /api/v1/tasks/:task/events`: what was told of a task, so far. */
export const listTaskEvents: Operation = (app, { tasks, news }) => {
  if (tasks === undefined || news === undefined) return;
  const schema = {
    operationId: 'listTaskEvents',
    tags: ['tasks'],
    summary: 'List what workers have told of a task, in order: progress, output, tool calls, lines and usage',
    params: taskPathSchema,
    querystring: querySchema,
    response: {
      200: jsonReply('A page of events.', taskEventPageSchema),
      ...readingRefusals(404),
    },
  };
  app.get(`${TASK_PATH}/events`, { schema, ...needs('tasks:read', 'task') }, async (request, reply) => {
    const { task } = request.params;
    const { after, ...page } = request.query;
    const known = await tasks.task(task);
    if (!known.ok) return sendResult(request, reply, known);
    const found = await readPage(`events?${task}`, page, async ({ cursor, limit }) => {
      const rows = await news.events(task, cursor === null ? after : Number(cursor), limit + 1);
      const items = rows.slice(0, limit);
      return { items, next: rows.length > limit ? String(items.at(-1)?.sequence) : null };
    });
    return sendResult(request, reply, found);
  });
};
