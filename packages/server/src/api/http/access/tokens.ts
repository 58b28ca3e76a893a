import {
  newTokenSchema,
  tokenPageSchema,
  tokenRequestSchema,
  tokenSchema,
} from '@sluice/protocol/http/access.ts';
import { z } from 'zod';
import type { PageRequest } from '../../../rollouts/control-plane.ts';
import { SIGNED_IN } from '../../access/needs.ts';
import type { Operation } from '../../api-instance.ts';
import { sendResult } from '../../exchange/answers.ts';
import { jsonReply, postingRefusals, readingRefusals } from '../../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../../exchange/paging.ts';

/** `POST /api/v1/tokens`: make a token. It takes no `Idempotency-Key`: its answer is not kept. */
export const createToken: Operation = (app, { accounts }) => {
  if (accounts === undefined) return;
  const schema = {
    operationId: 'createToken',
    tags: ['access'],
    summary: 'Make a token; what lets in is shown this once',
    body: tokenRequestSchema,
    response: {
      201: jsonReply('The token, with what lets in.', newTokenSchema),
      ...postingRefusals(409, 422),
    },
  };
  app.post('/api/v1/tokens', { schema, ...SIGNED_IN }, async (request, reply) => {
    const made = await accounts.create(request.caller, request.body);
    return made.ok ? reply.code(201).send(made.value) : sendResult(request, reply, made);
  });
};

/** `GET /api/v1/tokens`: the tokens that are not revoked. */
export const listTokens: Operation = (app, { accounts }) => {
  if (accounts === undefined) return;
  const schema = {
    operationId: 'listTokens',
    tags: ['access'],
    summary: 'List tokens: one’s own, and with access:read all',
    querystring: z.strictObject({
      ...pageQuery,
      workers: z
        .enum(['true', 'false'])
        .default('false')
        .describe('Those that workers were given and that are good, or all others.'),
    }),
    response: {
      200: jsonReply('A page of tokens, in the order of their names.', tokenPageSchema),
      ...readingRefusals(),
    },
  };
  app.get('/api/v1/tokens', { schema, ...SIGNED_IN }, async (request, reply) => {
    const { caller, query } = request;
    const workers = query.workers === 'true';
    const list = `tokens of ${caller.subject}${workers ? ', of workers' : ''}`;
    const read = (page: PageRequest) => accounts.tokens(caller, { ...page, workers });
    return sendResult(request, reply, await readPage(list, query, read));
  });
};

/** `DELETE /api/v1/tokens/:token`: revoke a token. */
export const revokeToken: Operation = (app, { accounts }) => {
  if (accounts === undefined) return;
  const schema = {
    operationId: 'revokeToken',
    tags: ['access'],
    summary: 'Revoke a token: one’s own, or with access:manage any; it lets nobody in from now on',
    params: z.strictObject({ token: z.string().min(1).max(100).describe('Its id or its name.') }),
    response: {
      200: jsonReply('The token as it was.', tokenSchema),
      ...readingRefusals(404),
    },
  };
  app.delete('/api/v1/tokens/:token', { schema, ...SIGNED_IN }, async (request, reply) =>
    sendResult(request, reply, await accounts.revoke(request.caller, request.params.token)),
  );
};
