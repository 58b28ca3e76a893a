import { organisationListSchema } from '@sluice/protocol/http/organisations.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';

/** `GET /api/v1/organisations`: every organisation; only whoever runs the control plane may ask. */
export const listOrganisations: Operation = (app, { organisations }) => {
  if (!organisations) return;
  const schema = {
    operationId: 'listOrganisations',
    tags: ['access'],
    summary: 'List the organisations of this control plane; for those who run it',
    response: {
      200: jsonReply('All organisations, in the order of their tenants.', organisationListSchema),
      ...readingRefusals(),
    },
  };
  app.get(
    '/api/v1/organisations',
    { schema, ...needs('access:manage', 'organisation') },
    async (_request, reply) => reply.code(200).send({ items: [...(await organisations.list())] }),
  );
};
