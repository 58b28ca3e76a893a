import type { Problem } from '@sluice/protocol/http/views.ts';
import {
  type WorkflowRequestView,
  workflowReplySchema,
  workflowRequestSchema,
} from '@sluice/protocol/http/workflows.ts';
import type { FastifyRequest } from 'fastify';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { sendProblem } from '../exchange/problems.ts';

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
  app.post(
    '/api/v1/workflows',
    { schema, ...needs('tasks:submit', 'asked'), bodyLimit: BODY_BYTES },
    async (request, reply) => {
      const refused = await refusedTrack(request, request.body);
      if (refused) return sendProblem(request, reply, refused);
      return sendOnce({ request, reply, idempotency }, 202, () => workflows.submit(request.body));
    },
  );
};

/** A workflow gives tasks to every agent that it names, also to undo others, and its caller may have to do with some of them only. */
async function refusedTrack(
  { mayNot }: Pick<FastifyRequest, 'mayNot'>,
  { tasks }: WorkflowRequestView,
): Promise<Problem | undefined> {
  const tracks = new Set(tasks.flatMap(({ track, compensation = { track } }) => [track, compensation.track]));
  for (const track of tracks) {
    const refused = await mayNot('tasks:submit', track);
    if (refused) return refused;
  }
  return undefined;
}
