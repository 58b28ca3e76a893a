import { rolloutSchema } from '@sluice/protocol/http/views.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { rolloutPathSchema } from '../exchange/rollout-path.ts';

/** `GET /api/v1/rollouts/:id`: one rollout. */
export const readRollout: Operation = (app, { controlPlane }) => {
  const schema = {
    operationId: 'readRollout',
    tags: ['rollouts'],
    summary: 'Read one rollout',
    params: rolloutPathSchema,
    response: { 200: jsonReply('The rollout.', rolloutSchema), ...readingRefusals(404) },
  };
  app.get('/api/v1/rollouts/:id', { schema, ...needs('delivery:read', 'rollout') }, async (request, reply) =>
    sendResult(request, reply, await controlPlane.rollout(request.params.id)),
  );
};
