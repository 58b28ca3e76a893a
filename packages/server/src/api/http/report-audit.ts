import { doraPageSchema, REPORT_FORMS } from '@sluice/protocol/http/audit-keeping.ts';
import { EVERY } from '@sluice/core/access/caller.ts';
import { decideAccess, ORGANISATION, placeOf } from '@sluice/core/access/decide-access.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import { forbidden } from '../access/refused-access.ts';
import type { Operation } from '../api-instance.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { problem, sendProblem } from '../exchange/problems.ts';

/** A period without a beginning is of so many days, in milliseconds. */
const USUAL_PERIOD_MS = 30 * 86_400_000;
const TIMEOUT_MS = 120_000;

const moment = z.coerce.number().int().min(0).max(8_640_000_000_000_000).optional();
const periodQuery = {
  from: moment.describe('At or after, in milliseconds since 1970; 30 days before the end without.'),
  to: moment.describe('Before, in milliseconds since 1970; now without.'),
  project: z.string().min(1).max(100).optional().describe('Of this project alone.'),
};

/** `GET /api/v1/audit/report`: which changes were made, by whom, with whose leave, and what came of them. */
export const readAuditReport: Operation = (app, { audit }) => {
  if (audit === undefined) return;
  const schema = {
    operationId: 'readAuditReport',
    tags: ['ledger'],
    summary: 'Report the changes of a period: author, approvers, evidence and outcome',
    querystring: z.strictObject({ ...periodQuery, form: z.enum(REPORT_FORMS).default('markdown') }),
    response: {
      200: {
        description: 'The report.',
        content: { 'text/markdown': { schema: z.string() }, 'text/csv': { schema: z.string() } },
      },
      ...readingRefusals(),
    },
  };
  app.get(
    '/api/v1/audit/report',
    { schema, handlerTimeout: TIMEOUT_MS, ...needs('audit:read', 'asked') },
    async (request, reply) => {
      const { project, form } = request.query;
      const scope = project === undefined ? ORGANISATION : placeOf(project, EVERY);
      const decision = decideAccess(request.caller, 'audit:read', scope);
      if (!decision.allowed) return sendProblem(request, reply, forbidden(decision.reason));
      const period = periodOf(request.query);
      if (period === undefined) return sendProblem(request, reply, noPeriod());
      const text = await audit.report(period, project ?? null, form);
      const type = form === 'csv' ? 'text/csv' : 'text/markdown';
      return reply.code(200).type(`${type}; charset=utf-8`).serializer(String).send(text);
    },
  );
};

/** `GET /api/v1/dora`: how often, how fast, how well. */
export const readDora: Operation = (app, { audit }) => {
  if (audit === undefined) return;
  const schema = {
    operationId: 'readDora',
    tags: ['ledger'],
    summary: 'Read deployment frequency, lead time, change failure rate and time to restore',
    querystring: z.strictObject({
      ...periodQuery,
      environment: z.string().min(1).max(100).optional().describe('Of this environment alone.'),
    }),
    response: {
      200: jsonReply('Per project and environment that the caller sees.', doraPageSchema),
      ...readingRefusals(),
    },
  };
  app.get(
    '/api/v1/dora',
    { schema, handlerTimeout: TIMEOUT_MS, ...needs('delivery:read', 'anywhere') },
    async (request, reply) => {
      const period = periodOf(request.query);
      if (period === undefined) return sendProblem(request, reply, noPeriod());
      const { project, environment } = request.query;
      const items = (await audit.dora(period)).filter(
        (each) =>
          (project === undefined || each.project === project) &&
          (environment === undefined || each.environment === environment) &&
          decideAccess(request.caller, 'delivery:read', placeOf(each.project, each.environment)).allowed,
      );
      return reply.code(200).send({ ...period, items });
    },
  );
};

function periodOf({ from, to = Date.now() }: { from?: number | undefined; to?: number | undefined }) {
  const period = { from: from ?? Math.max(0, to - USUAL_PERIOD_MS), to };
  return period.from < period.to ? period : undefined;
}

const noPeriod = () =>
  problem({
    status: 400,
    code: 'invalid-period',
    detail: 'The period ends before it begins.',
    remedy: 'Give `from` before `to`, in milliseconds since 1970.',
    errors: [{ pointer: '/query/from', detail: 'is not before `to`' }],
  });
