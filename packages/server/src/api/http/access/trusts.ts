import { accessNameSchema } from '@sluice/protocol/http/access.ts';
import { trustListSchema, trustRequestSchema, trustSchema } from '@sluice/protocol/http/trusts.ts';
import { z } from 'zod';
import { needs } from '../../access/needs.ts';
import type { Operation } from '../../api-instance.ts';
import { sendOnce } from '../../exchange/answers.ts';
import { changeHeaders } from '../../exchange/change-headers.ts';
import { jsonReply, postingRefusals, readingRefusals } from '../../exchange/documented-replies.ts';

const PATH = '/api/v1/trusts/:trust';
const params = z.strictObject({ trust: accessNameSchema });
const tags = ['access'];

/** `GET /api/v1/trusts`: whose jobs are let in. */
export const listTrusts: Operation = (app, { accounts }) => {
  if (accounts === undefined) return;
  const schema = {
    ...{ operationId: 'listTrusts', tags, summary: 'List whose CI jobs are let in, and as what' },
    response: {
      200: jsonReply('All of them, in the order of their names.', trustListSchema),
      ...readingRefusals(),
    },
  };
  app.get('/api/v1/trusts', { schema, ...needs('access:read', 'organisation') }, async () => ({
    items: [...(await accounts.trusts())],
  }));
};

/** `PUT /api/v1/trusts/:trust`: let the jobs of an issuer in. */
export const putTrust: Operation = (app, { accounts, idempotency }) => {
  if (accounts === undefined) return;
  const schema = {
    ...{ operationId: 'putTrust', tags },
    summary: 'Let the CI jobs of an issuer in, by audience and claims; no secret is stored',
    params,
    headers: changeHeaders,
    body: trustRequestSchema,
    response: { 200: jsonReply('The trust as it is now.', trustSchema), ...postingRefusals(409, 422) },
  };
  app.put(PATH, { schema, ...needs('access:manage', 'organisation') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () =>
      accounts.putTrust(request.caller, request.params.trust, request.body),
    ),
  );
};

/** `DELETE /api/v1/trusts/:trust`: let them in no more. */
export const removeTrust: Operation = (app, { accounts, idempotency }) => {
  if (accounts === undefined) return;
  const schema = {
    ...{ operationId: 'removeTrust', tags },
    summary: 'Let the jobs of an issuer in no more, and revoke the tokens that they have',
    params,
    headers: changeHeaders,
    response: { 200: jsonReply('The trust as it was.', trustSchema), ...postingRefusals(404, 422) },
  };
  app.delete(PATH, { schema, ...needs('access:manage', 'organisation') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () =>
      accounts.removeTrust(request.caller, request.params.trust),
    ),
  );
};
