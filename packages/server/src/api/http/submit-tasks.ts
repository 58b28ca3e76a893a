import { submitReplySchema, submitRequestSchema } from '@sluice/protocol/http/tasks.ts';
import { byQuery } from '@sluice/protocol/http/tasks.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { TRACK_PATH, trackOf, trackPathSchema } from '../exchange/track-path.ts';

/** Inputs may have 256 KiB each; whoever has many that large sends them in several requests. */
const BODY_BYTES = 16 * 1024 * 1024;

/** `POST …/tasks`: submit tasks to a component of agents. */
export const submitTasks: Operation = (app, { tasks, idempotency }) => {
  if (tasks === undefined) return;
  const schema = {
    operationId: 'submitTasks',
    tags: ['tasks'],
    summary: 'Submit one task or up to 1,000; all of them are taken, or none',
    params: trackPathSchema,
    querystring: z.strictObject(byQuery),
    headers: changeHeaders,
    body: submitRequestSchema,
    response: {
      202: jsonReply('They are taken; their ids, in the order of the request.', submitReplySchema),
      ...postingRefusals(409, 422, 429),
    },
  };
  app.post(
    `${TRACK_PATH}/tasks`,
    { schema, ...needs('tasks:submit', 'track'), bodyLimit: BODY_BYTES },
    async (request, reply) =>
      sendOnce({ request, reply, idempotency }, 202, () =>
        tasks.submit(trackOf(request.params), request.body.tasks, request.query.by),
      ),
  );
};
