import { newOrganisationSchema, organisationReplySchema } from '@sluice/protocol/http/organisations.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';

/** `POST /api/v1/organisations`: make an organisation. Nothing is kept that could answer a repetition with its token. */
export const createOrganisation: Operation = (app, { organisations }) => {
  if (!organisations) return;
  const schema = {
    operationId: 'createOrganisation',
    tags: ['access'],
    summary: 'Make an organisation, and a first token of the role admin in it',
    body: newOrganisationSchema,
    response: {
      200: jsonReply('The organisation, with a token that is told this once.', organisationReplySchema),
      ...postingRefusals(409),
    },
  };
  app.post(
    '/api/v1/organisations',
    { schema, ...needs('access:manage', 'organisation') },
    async (request, reply) =>
      sendResult(request, reply, await organisations.add(request.body, request.caller.subject)),
  );
};
