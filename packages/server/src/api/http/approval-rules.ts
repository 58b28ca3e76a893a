import { gateNameSchema } from '@sluice/protocol/http/gates.ts';
import {
  approvalRulePageSchema,
  approvalRuleRequestSchema,
  approvalRuleSchema,
} from '@sluice/protocol/http/gate-rules.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce, sendResult } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';

const PATH = '/api/v1/approval-rules';
const namedPath = z.strictObject({ name: gateNameSchema });

/** `GET /api/v1/approval-rules`: who has to approve releases, whatever their files say. */
export const listApprovalRules: Operation = (app, { gates }) => {
  if (!gates) return;
  const schema = {
    operationId: 'listApprovalRules',
    tags: ['gates'],
    summary: 'List who has to approve releases, whatever their files say',
    querystring: z.strictObject(pageQuery),
    response: {
      200: jsonReply('A page of rules, in the order of their names.', approvalRulePageSchema),
      ...readingRefusals(),
    },
  };
  app.get(PATH, { schema, ...needs('gates:read', 'anywhere') }, async (request, reply) =>
    sendResult(
      request,
      reply,
      await readPage('approval-rules', request.query, (page) => gates.approvalRules(request.caller, page)),
    ),
  );
};

/** `PUT /api/v1/approval-rules/:name`: demand approvals of releases. */
export const putApprovalRule: Operation = (app, { gates, idempotency }) => {
  if (!gates) return;
  const schema = {
    operationId: 'putApprovalRule',
    tags: ['gates'],
    summary: 'Demand approvals of the releases that are asked for from now on',
    params: namedPath,
    headers: changeHeaders,
    body: approvalRuleRequestSchema,
    response: { 200: jsonReply('The rule.', approvalRuleSchema), ...postingRefusals(409, 422) },
  };
  app.put(`${PATH}/:name`, { schema, ...needs('gates:manage', 'asked') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () =>
      gates.putApprovalRule(request.caller, request.params.name, request.body),
    ),
  );
};

/** `DELETE /api/v1/approval-rules/:name`: demand them no more. */
export const removeApprovalRule: Operation = (app, { gates, idempotency }) => {
  if (!gates) return;
  const schema = {
    operationId: 'removeApprovalRule',
    tags: ['gates'],
    summary: 'Demand approvals no more; releases that wait for them go on waiting',
    params: namedPath,
    querystring: z.strictObject({
      by: z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.'),
    }),
    headers: changeHeaders,
    response: { 200: jsonReply('The rule as it was.', approvalRuleSchema), ...postingRefusals(404, 422) },
  };
  app.delete(`${PATH}/:name`, { schema, ...needs('gates:manage', 'asked') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () =>
      gates.removeApprovalRule(request.caller, request.params.name),
    ),
  );
};
