import { z } from 'zod';
import { OPEN_TO_ALL } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';

/** `GET /openapi.json`: this document. */
export const readDocument: Operation = (app) => {
  const schema = {
    operationId: 'readDocument',
    tags: ['health'],
    summary: 'Read the description of all operations',
    response: {
      200: jsonReply('An OpenAPI 3.1 document.', z.record(z.string(), z.unknown())),
      ...readingRefusals(),
    },
  };
  app.get('/openapi.json', { schema, ...OPEN_TO_ALL }, async (_request, reply) =>
    reply.code(200).send({ ...app.swagger() }),
  );
};
