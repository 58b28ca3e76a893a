import { ledgerVerificationSchema } from '@sluice/protocol/http/health.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';

/** Reading a long ledger takes longer than other answers, in milliseconds. */
const VERIFICATION_TIMEOUT_MS = 300_000;

/** `GET /api/v1/ledger/verification`: whether nothing in the ledger was altered. */
export const verifyLedger: Operation = (app, { ledger }) => {
  const schema = {
    operationId: 'verifyLedger',
    tags: ['ledger'],
    summary: 'Check that nothing in the ledger was altered',
    response: {
      200: jsonReply('What the verification found.', ledgerVerificationSchema),
      ...readingRefusals(),
    },
  };
  app.get(
    '/api/v1/ledger/verification',
    { schema, ...needs('audit:read', 'organisation'), handlerTimeout: VERIFICATION_TIMEOUT_MS },
    async (_request, reply) => reply.code(200).send(await ledger.verify()),
  );
};
