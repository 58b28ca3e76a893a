import { ok } from '@sluice/core/kernel/result.ts';
import {
  legalHoldRequestSchema,
  legalHoldSchema,
  legalHoldsSchema,
  retentionRequestSchema,
  retentionRuleSchema,
} from '@sluice/protocol/http/audit-keeping.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals, readingRefusals } from '../exchange/documented-replies.ts';
import { problem } from '../exchange/problems.ts';

/** `GET /api/v1/audit/holds`: what must not be removed. */
export const listHolds: Operation = (app, { audit }) => {
  if (audit === undefined) return;
  const schema = {
    operationId: 'listLegalHolds',
    tags: ['ledger'],
    summary: 'List the legal holds in force',
    response: { 200: jsonReply('The holds, the oldest first.', legalHoldsSchema), ...readingRefusals() },
  };
  app.get(
    '/api/v1/audit/holds',
    { schema, ...needs('audit:read', 'organisation') },
    async (_request, reply) => reply.code(200).send({ items: [...(await audit.holds())] }),
  );
};

/** `POST /api/v1/audit/holds`: from now on, nothing of this is removed. */
export const placeHold: Operation = (app, { audit, idempotency }) => {
  if (audit === undefined) return;
  const schema = {
    operationId: 'placeLegalHold',
    tags: ['ledger'],
    summary: 'Place a legal hold: what it covers is kept whatever its age',
    body: legalHoldRequestSchema,
    headers: changeHeaders,
    response: { 201: jsonReply('The hold.', legalHoldSchema), ...postingRefusals(409, 422) },
  };
  app.post(
    '/api/v1/audit/holds',
    { schema, ...needs('audit:manage', 'organisation') },
    async (request, reply) =>
      sendOnce({ request, reply, idempotency }, 201, async () => ok(await audit.placeHold(request.body))),
  );
};

/** `DELETE /api/v1/audit/holds/:hold`: what it covered may be removed when its time is over. */
export const releaseHold: Operation = (app, { audit, idempotency }) => {
  if (audit === undefined) return;
  const schema = {
    operationId: 'releaseLegalHold',
    tags: ['ledger'],
    summary: 'Release a legal hold',
    params: z.strictObject({ hold: z.string().min(1).max(100) }),
    querystring: z.strictObject({
      by: z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.'),
    }),
    headers: changeHeaders,
    response: { 200: jsonReply('The hold as it was.', legalHoldSchema), ...postingRefusals(404, 409, 422) },
  };
  app.delete(
    '/api/v1/audit/holds/:hold',
    { schema, ...needs('audit:manage', 'organisation') },
    async (request, reply) =>
      sendOnce({ request, reply, idempotency }, 200, async () => {
        const released = await audit.releaseHold(request.params.hold, request.query.by);
        return released === null ? { ok: false, refusal: noHold(request.params.hold) } : ok(released);
      }),
  );
};

/** `GET /api/v1/audit/retention`: how long contents of entries are kept. */
export const readRetention: Operation = (app, { audit }) => {
  if (audit === undefined) return;
  const schema = {
    operationId: 'readLedgerRetention',
    tags: ['ledger'],
    summary: 'Read how long the contents of entries are kept',
    response: { 200: jsonReply('The rule.', retentionRuleSchema), ...readingRefusals() },
  };
  app.get(
    '/api/v1/audit/retention',
    { schema, ...needs('audit:read', 'organisation') },
    async (_request, reply) => reply.code(200).send(await audit.retention()),
  );
};

/** `PUT /api/v1/audit/retention`: keep contents of entries for so long. */
export const putRetention: Operation = (app, { audit, idempotency }) => {
  if (audit === undefined) return;
  const schema = {
    operationId: 'putLedgerRetention',
    tags: ['ledger'],
    summary: 'Set how long the contents of entries are kept; their hashes stay for ever',
    body: retentionRequestSchema,
    headers: changeHeaders,
    response: { 200: jsonReply('The rule.', retentionRuleSchema), ...postingRefusals(409, 422) },
  };
  app.put(
    '/api/v1/audit/retention',
    { schema, ...needs('audit:manage', 'organisation') },
    async (request, reply) =>
      sendOnce({ request, reply, idempotency }, 200, async () =>
        ok(await audit.setRetention(request.body.keptMs, request.body.by)),
      ),
  );
};

const noHold = (id: string) =>
  problem({
    status: 404,
    code: 'unknown-hold',
    detail: `There is no legal hold ${id} in force.`,
    remedy: 'List them with GET /api/v1/audit/holds.',
  });
