import { type TrackInstancesView, trackInstancesPageSchema } from '@sluice/protocol/http/instances.ts';
import { z } from 'zod';
import { needsForList } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';

const querySchema = z.strictObject({
  track: z.string().min(1).max(200).optional().describe('Only of this component.'),
  ...pageQuery,
});

/** `GET /api/v1/instances`: what runs where, instance by instance. */
export const listInstances: Operation = (app, { controlPlane }) => {
  const schema = {
    operationId: 'listInstances',
    tags: ['tracks'],
    summary: 'List the instances of components, with where they run and what they use',
    querystring: querySchema,
    response: {
      200: jsonReply(
        'A page of components in the order of their ids, each with all of its instances.',
        trackInstancesPageSchema,
      ),
      ...readingRefusals(),
    },
  };
  app.get(
    '/api/v1/instances',
    { schema, ...needsForList('delivery:read', ({ track }: TrackInstancesView) => track) },
    async (request, reply) => {
      const { track, ...page } = request.query;
      const filter = track === undefined ? {} : { track };
      const found = await readPage(`instances?${track ?? ''}`, page, (wanted) =>
        controlPlane.instances(filter, wanted),
      );
      return sendResult(request, reply, found);
    },
  );
};
