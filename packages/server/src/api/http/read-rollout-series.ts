import { rolloutSeriesSchema } from '@sluice/protocol/http/series.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { rolloutPathSchema } from '../exchange/rollout-path.ts';

/** `GET /api/v1/rollouts/:id/series`: requests, failures, latency and evidence over time. */
export const readRolloutSeries: Operation = (app, { controlPlane }) => {
  const schema = {
    operationId: 'readRolloutSeries',
    tags: ['rollouts'],
    summary: 'Read how the requests of a rollout came out over time',
    params: rolloutPathSchema,
    response: {
      200: jsonReply('The course of the rollout, oldest first.', rolloutSeriesSchema),
      ...readingRefusals(404),
    },
  };
  const options = { schema, ...needs('delivery:read', 'rollout') };
  app.get('/api/v1/rollouts/:id/series', options, async (request, reply) =>
    sendResult(request, reply, await controlPlane.series(request.params.id)),
  );
};
