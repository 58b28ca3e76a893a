import { hostListSchema } from '@sluice/protocol/http/instances.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';

/** `GET /api/v1/hosts`: the machines that run revisions as processes. */
export const listHosts: Operation = (app, { hosts }) => {
  if (hosts === undefined) return;
  const schema = {
    operationId: 'listHosts',
    tags: ['clusters'],
    summary: 'List the machines that run revisions as processes, and how they stand',
    querystring: z.strictObject({}),
    response: {
      200: jsonReply('Every machine; one that does not answer is in the list as well.', hostListSchema),
      ...readingRefusals(),
    },
  };
  app.get('/api/v1/hosts', { schema, ...needs('clusters:read', 'anywhere') }, async (_request, reply) =>
    reply.send({ items: [...(await hosts.list())] }),
  );
};
