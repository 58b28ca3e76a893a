import {
  joinTokenPageSchema,
  joinTokenRequestSchema,
  joinTokenSchema,
  newJoinTokenSchema,
} from '@sluice/protocol/http/joining.ts';
import { z } from 'zod';
import { SIGNED_IN } from '../../access/needs.ts';
import type { Operation } from '../../api-instance.ts';
import { sendResult } from '../../exchange/answers.ts';
import { jsonReply, postingRefusals, readingRefusals } from '../../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../../exchange/paging.ts';

const tags = ['access'];

/** `POST /api/v1/join-tokens`: let workers elsewhere join. It takes no `Idempotency-Key`: its answer is not kept. */
export const createJoinToken: Operation = (app, { accounts }) => {
  if (accounts === undefined) return;
  const schema = {
    ...{ operationId: 'createJoinToken', tags },
    summary: 'Make a token with which workers elsewhere join; what lets them join is shown this once',
    body: joinTokenRequestSchema,
    response: {
      201: jsonReply('The join token, with what lets join.', newJoinTokenSchema),
      ...postingRefusals(422),
    },
  };
  app.post('/api/v1/join-tokens', { schema, ...SIGNED_IN }, async (request, reply) => {
    const made = await accounts.createJoinToken(request.caller, request.body);
    return made.ok ? reply.code(201).send(made.value) : sendResult(request, reply, made);
  });
};

/** `GET /api/v1/join-tokens`: the join tokens that are not revoked. */
export const listJoinTokens: Operation = (app, { accounts }) => {
  if (accounts === undefined) return;
  const schema = {
    ...{ operationId: 'listJoinTokens', tags },
    summary: 'List join tokens: one’s own, and with access:read all',
    querystring: z.strictObject(pageQuery),
    response: {
      200: jsonReply('A page of join tokens, the newest first.', joinTokenPageSchema),
      ...readingRefusals(),
    },
  };
  app.get('/api/v1/join-tokens', { schema, ...SIGNED_IN }, async (request, reply) => {
    const { caller, query } = request;
    const read = (page: Parameters<typeof accounts.joinTokens>[1]) => accounts.joinTokens(caller, page);
    return sendResult(request, reply, await readPage(`join tokens of ${caller.subject}`, query, read));
  });
};

/** `DELETE /api/v1/join-tokens/:id`: nobody joins with it any more. */
export const revokeJoinToken: Operation = (app, { accounts }) => {
  if (accounts === undefined) return;
  const schema = {
    ...{ operationId: 'revokeJoinToken', tags },
    summary: 'Revoke a join token: one’s own, or with access:manage any; who has joined with it stays',
    params: z.strictObject({ id: z.string().min(1).max(100) }),
    response: { 200: jsonReply('The join token as it was.', joinTokenSchema), ...readingRefusals(404) },
  };
  app.delete('/api/v1/join-tokens/:id', { schema, ...SIGNED_IN }, async (request, reply) =>
    sendResult(request, reply, await accounts.revokeJoinToken(request.caller, request.params.id)),
  );
};
