import { consistencyProofSchema, inclusionProofSchema } from '@sluice/protocol/http/audit.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { asProblem } from '../exchange/refused-as-problem.ts';

const size = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** `GET /api/v1/audit/proofs/inclusion`: that an entry stands in the ledger. */
export const proveInclusion: Operation = (app, { audit }) => {
  if (audit === undefined) return;
  const schema = {
    operationId: 'proveInclusion',
    tags: ['ledger'],
    summary: 'Prove that an entry stands in the ledger of a size',
    querystring: z.strictObject({
      sequence: size.default(1).describe('The entry, from 1.'),
      size: size.optional().describe('For the ledger of so many entries; without it, of all.'),
    }),
    response: { 200: jsonReply('The proof.', inclusionProofSchema), ...readingRefusals(409) },
  };
  app.get(
    '/api/v1/audit/proofs/inclusion',
    { schema, ...needs('audit:read', 'organisation') },
    async (request, reply) => {
      const { sequence, size: of } = request.query;
      return sendResult(request, reply, asProblem(await audit.inclusion(sequence, of)));
    },
  );
};

/** `GET /api/v1/audit/proofs/consistency`: that nothing of an earlier ledger was changed. */
export const proveConsistency: Operation = (app, { audit }) => {
  if (audit === undefined) return;
  const schema = {
    operationId: 'proveConsistency',
    tags: ['ledger'],
    summary: 'Prove that the ledger of a size begins with all of an earlier one, unchanged',
    querystring: z.strictObject({
      from: size.default(0).describe('Entries of the earlier one.'),
      to: size.optional().describe('Entries of the later one; without it, all.'),
    }),
    response: { 200: jsonReply('The proof.', consistencyProofSchema), ...readingRefusals(409) },
  };
  app.get(
    '/api/v1/audit/proofs/consistency',
    { schema, ...needs('audit:read', 'organisation') },
    async (request, reply) => {
      const { from, to } = request.query;
      return sendResult(request, reply, asProblem(await audit.consistency(from, to)));
    },
  );
};
