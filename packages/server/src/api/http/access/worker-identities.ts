import {
  joinedSchema,
  joinRequestSchema,
  renewRequestSchema,
  workerIdentityPageSchema,
  workerIdentitySchema,
  type WorkerIdentityView,
} from '@sluice/protocol/http/joining.ts';
import { z } from 'zod';
import { credentialsIn } from '../../access/credentials.ts';
import { needs, needsForList, OPEN_TO_GUESSES, SIGNED_IN } from '../../access/needs.ts';
import type { Operation } from '../../api-instance.ts';
import { sendResult } from '../../exchange/answers.ts';
import { jsonReply, postingRefusals, readingRefusals } from '../../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../../exchange/paging.ts';

/** `POST /auth/join`: a worker elsewhere joins. */
export const joinWorker: Operation = (app, { joining }) => {
  if (joining === undefined) return;
  const schema = {
    ...{ operationId: 'joinWorker', tags: ['sign-in'] },
    summary: 'Turn a join token into what lets a worker in for a day: over TLS a certificate, else a token',
    body: joinRequestSchema,
    response: {
      200: jsonReply('What the worker is let in with.', joinedSchema),
      ...postingRefusals(422, 429),
    },
  };
  app.post('/auth/join', { schema, ...OPEN_TO_GUESSES }, async (request, reply) =>
    sendResult(request, reply, await joining.join(request.body, credentialsIn(request.headers))),
  );
};

/** `POST /auth/renew`: a worker that has joined gets something new before what it has ends. */
export const renewWorker: Operation = (app, { joining }) => {
  if (joining === undefined) return;
  const schema = {
    ...{ operationId: 'renewWorker', tags: ['sign-in'] },
    summary:
      'Give a worker that has joined what lets it in for another day; what it has stays good until it ends',
    body: renewRequestSchema,
    response: {
      200: jsonReply('What the worker is let in with.', joinedSchema),
      ...postingRefusals(422),
    },
  };
  app.post('/auth/renew', { schema, ...SIGNED_IN }, async (request, reply) => {
    const shown = credentialsIn(request.headers);
    return sendResult(request, reply, await joining.renew(request.caller, request.body.publicKey, shown));
  });
};

/** `GET /api/v1/worker-identities`: the workers elsewhere that may come in. */
export const listWorkerIdentities: Operation = (app, { accounts }) => {
  if (accounts === undefined) return;
  const schema = {
    ...{ operationId: 'listWorkerIdentities', tags: ['access'] },
    summary: 'List the workers that have joined and may still come in',
    querystring: z.strictObject(pageQuery),
    response: {
      200: jsonReply('A page of them, the newest first.', workerIdentityPageSchema),
      ...readingRefusals(),
    },
  };
  const seen = needsForList<WorkerIdentityView>('agents:read', ({ track }) => track);
  app.get('/api/v1/worker-identities', { schema, ...seen }, async (request, reply) =>
    sendResult(
      request,
      reply,
      await readPage('worker identities', request.query, (page) => accounts.workerIdentities(page)),
    ),
  );
};

/** `DELETE /api/v1/worker-identities/:id`: a worker elsewhere comes in no more. */
export const revokeWorkerIdentity: Operation = (app, { accounts }) => {
  if (accounts === undefined) return;
  const schema = {
    ...{ operationId: 'revokeWorkerIdentity', tags: ['access'] },
    summary: 'Revoke all that a worker was given; what it has open ends within seconds',
    params: z.strictObject({ id: z.string().min(1).max(100) }),
    response: { 200: jsonReply('The identity as it was.', workerIdentitySchema), ...readingRefusals(404) },
  };
  const needed = needs('access:manage', 'organisation');
  app.delete('/api/v1/worker-identities/:id', { schema, ...needed }, async (request, reply) =>
    sendResult(request, reply, await accounts.revokeWorkerIdentity(request.caller, request.params.id)),
  );
};
