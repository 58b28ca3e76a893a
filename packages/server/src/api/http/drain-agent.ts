import { workerSchema } from '@sluice/protocol/http/queues.ts';
import { byQuery } from '@sluice/protocol/http/tasks.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { WORKER_PATH, workerPathSchema } from '../exchange/task-path.ts';

/** `POST /api/v1/agents/:worker/drain`: ask a worker to finish what it has and leave. */
export const drainAgent: Operation = (app, { tasks, idempotency }) => {
  if (tasks === undefined) return;
  const schema = {
    operationId: 'drainAgent',
    tags: ['tasks'],
    summary: 'Ask a connected worker to finish what it has, take nothing more and leave',
    params: workerPathSchema,
    querystring: z.strictObject(byQuery),
    headers: changeHeaders,
    response: {
      202: jsonReply('It was told; the worker as it was.', workerSchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.post(
    `${WORKER_PATH}/drain`,
    { schema, ...needs('agents:manage', 'organisation') },
    async (request, reply) =>
      sendOnce({ request, reply, idempotency }, 202, () =>
        tasks.drain(request.params.worker, request.query.by),
      ),
  );
};
