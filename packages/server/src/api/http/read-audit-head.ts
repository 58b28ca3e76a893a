import { ledgerKeysSchema } from '@sluice/protocol/http/audit.ts';
import { keyRotationRequestSchema } from '@sluice/protocol/http/audit-keeping.ts';
import { signedHeadSchema } from '@sluice/protocol/ledger/signed-head.ts';
import { ok } from '@sluice/core/kernel/result.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce, sendResult } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals, readingRefusals } from '../exchange/documented-replies.ts';
import { asProblem } from '../exchange/refused-as-problem.ts';

/** `GET /api/v1/audit/head`: the signed head of the ledger as it is now. */
export const readAuditHead: Operation = (app, { audit }) => {
  if (audit === undefined) return;
  const schema = {
    operationId: 'readAuditHead',
    tags: ['ledger'],
    summary: 'Read the signed head of the ledger as it is now',
    response: { 200: jsonReply('The head.', signedHeadSchema), ...readingRefusals(409) },
  };
  app.get('/api/v1/audit/head', { schema, ...needs('audit:read', 'organisation') }, async (request, reply) =>
    sendResult(request, reply, asProblem(await audit.head())),
  );
};

/** `GET /api/v1/audit/keys`: the keys that signed heads. */
export const listAuditKeys: Operation = (app, { audit }) => {
  if (audit === undefined) return;
  const schema = {
    operationId: 'listAuditKeys',
    tags: ['ledger'],
    summary: 'List the keys that signed heads of the ledger, and which sizes each signed',
    response: { 200: jsonReply('The keys, the oldest first.', ledgerKeysSchema), ...readingRefusals() },
  };
  app.get('/api/v1/audit/keys', { schema, ...needs('audit:read', 'organisation') }, async (_request, reply) =>
    reply.code(200).send({ items: [...(await audit.keys())] }),
  );
};

/** `POST /api/v1/audit/keys/rotation`: sign with a new key from now on. */
export const rotateAuditKey: Operation = (app, { audit, idempotency }) => {
  if (audit === undefined) return;
  const schema = {
    operationId: 'rotateAuditKey',
    tags: ['ledger'],
    summary: 'Sign heads with a new key from now on; what the old one signed stays good',
    body: keyRotationRequestSchema,
    headers: changeHeaders,
    response: {
      200: jsonReply('The keys, the oldest first.', ledgerKeysSchema),
      ...postingRefusals(409, 422),
    },
  };
  app.post(
    '/api/v1/audit/keys/rotation',
    { schema, ...needs('audit:manage', 'organisation') },
    async (request, reply) =>
      sendOnce({ request, reply, idempotency }, 200, async () => {
        const rotated = asProblem(await audit.rotateKey(request.body.by));
        return rotated.ok ? ok({ items: [...rotated.value] }) : rotated;
      }),
  );
};
