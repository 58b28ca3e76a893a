import { retryReplySchema, retryRequestSchema } from '@sluice/protocol/http/tasks.ts';
import { byQuery } from '@sluice/protocol/http/tasks.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { TRACK_PATH, trackOf, trackPathSchema } from '../exchange/track-path.ts';

/** `POST …/tasks/retry`: try the dead letters of a component again. */
export const retryDeadTasks: Operation = (app, { tasks, idempotency }) => {
  if (tasks === undefined) return;
  const schema = {
    operationId: 'retryDeadTasks',
    tags: ['tasks'],
    summary: 'Try the dead letters of one component again, the newest first',
    params: trackPathSchema,
    querystring: z.strictObject(byQuery),
    headers: changeHeaders,
    body: retryRequestSchema,
    response: {
      200: jsonReply('What waits again, and whether there are more.', retryReplySchema),
      ...postingRefusals(409, 422),
    },
  };
  app.post(
    `${TRACK_PATH}/tasks/retry`,
    { schema, ...needs('tasks:steer', 'track') },
    async (request, reply) =>
      sendOnce({ request, reply, idempotency }, 200, () =>
        tasks.retryDead(trackOf(request.params), request.body.limit, request.query.by),
      ),
  );
};
