import { nameListSchema } from '@sluice/protocol/http/members.ts';
import { z } from 'zod';
import { needs } from '../../access/needs.ts';
import type { Operation } from '../../api-instance.ts';
import { jsonReply, readingRefusals } from '../../exchange/documented-replies.ts';

/** `GET /api/v1/names`: what people are called whose subjects stand in releases and approvals. */
export const listNames: Operation = (app, { names }) => {
  if (names === undefined) return;
  const schema = {
    operationId: 'listNames',
    tags: ['access'],
    summary: 'List what members are called, by their subjects',
    querystring: z.strictObject({}),
    response: {
      200: jsonReply('Names of members; whoever is not among them goes by the subject.', nameListSchema),
      ...readingRefusals(),
    },
  };
  app.get('/api/v1/names', { schema, ...needs('delivery:read', 'anywhere') }, async (_request, reply) =>
    reply.send({ items: [...(await names())] }),
  );
};
