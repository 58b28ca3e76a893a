import type { RolloutView } from '@sluice/protocol/http/views.ts';
import { rolloutPageSchema } from '@sluice/protocol/http/pages.ts';
import { z } from 'zod';
import { needsForList } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { trackQuery } from '../exchange/track-path.ts';

const querySchema = z.strictObject({ track: trackQuery.optional(), ...pageQuery });

/** `GET /api/v1/rollouts`: all rollouts, newest first. */
export const listRollouts: Operation = (app, { controlPlane }) => {
  const schema = {
    operationId: 'listRollouts',
    tags: ['rollouts'],
    summary: 'List rollouts, newest first',
    querystring: querySchema,
    response: {
      200: jsonReply('A page of rollouts, newest first.', rolloutPageSchema),
      ...readingRefusals(),
    },
  };
  app.get(
    '/api/v1/rollouts',
    { schema, ...needsForList('delivery:read', ({ track }: RolloutView) => track) },
    async (request, reply) => {
      const { track, ...page } = request.query;
      const filter = track === undefined ? {} : { track };
      const found = await readPage(`rollouts?${track ?? ''}`, page, (wanted) =>
        controlPlane.rollouts(filter, wanted),
      );
      return sendResult(request, reply, found);
    },
  );
};
