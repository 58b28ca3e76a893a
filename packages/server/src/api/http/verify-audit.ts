import { witnessesSchema } from '@sluice/protocol/http/audit.ts';
import { auditVerificationSchema } from '@sluice/protocol/http/audit-keeping.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';

/** Reading a long ledger takes longer than other answers, in milliseconds. */
const VERIFICATION_TIMEOUT_MS = 600_000;

/** `GET /api/v1/audit/verification`: whether nothing in the ledger was altered. */
export const verifyAudit: Operation = (app, { audit }) => {
  if (audit === undefined) return;
  const schema = {
    operationId: 'verifyAudit',
    tags: ['ledger'],
    summary: 'Compute the tree of the ledger anew, and compare it with signed heads and witnesses',
    response: { 200: jsonReply('What was found.', auditVerificationSchema), ...readingRefusals() },
  };
  app.get(
    '/api/v1/audit/verification',
    { schema, handlerTimeout: VERIFICATION_TIMEOUT_MS, ...needs('audit:read', 'organisation') },
    async (_request, reply) => reply.code(200).send(await audit.verify()),
  );
};

/** `GET /api/v1/audit/witnesses`: who else keeps heads, and whether they agree. */
export const listWitnesses: Operation = (app, { audit }) => {
  if (audit === undefined) return;
  const schema = {
    operationId: 'listWitnesses',
    tags: ['ledger'],
    summary: 'Ask the witnesses of the ledger which head each has',
    response: { 200: jsonReply('The witnesses.', witnessesSchema), ...readingRefusals() },
  };
  app.get(
    '/api/v1/audit/witnesses',
    { schema, ...needs('audit:read', 'organisation') },
    async (_request, reply) => reply.code(200).send({ items: [...(await audit.witnesses())] }),
  );
};
