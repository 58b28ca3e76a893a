import type { TrackView } from '@sluice/protocol/http/views.ts';
import { trackPageSchema } from '@sluice/protocol/http/pages.ts';
import { z } from 'zod';
import { needsForList } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';

const querySchema = z.strictObject({
  application: z.string().min(1).max(100).optional().describe('Only of this application.'),
  environment: z.string().min(1).max(100).optional().describe('Only in this environment.'),
  ...pageQuery,
});

/** `GET /api/v1/tracks`: what runs, what is under way and why it waits. */
export const listTracks: Operation = (app, { controlPlane }) => {
  const schema = {
    operationId: 'listTracks',
    tags: ['tracks'],
    summary: 'List what runs, what is under way and why it waits',
    querystring: querySchema,
    response: {
      200: jsonReply('A page of tracks, in the order of their ids.', trackPageSchema),
      ...readingRefusals(),
    },
  };
  app.get(
    '/api/v1/tracks',
    { schema, ...needsForList('delivery:read', ({ id }: TrackView) => id) },
    async (request, reply) => {
      const { application, environment, ...page } = request.query;
      const filter = { ...(application && { application }), ...(environment && { environment }) };
      const list = `tracks?${JSON.stringify([application, environment])}`;
      const found = await readPage(list, page, (wanted) => controlPlane.tracks(filter, wanted));
      return sendResult(request, reply, found);
    },
  );
};
