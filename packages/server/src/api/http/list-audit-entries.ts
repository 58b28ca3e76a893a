import { auditEntrySchema, auditFilterQuery, auditPageSchema } from '@sluice/protocol/http/audit.ts';
import { z } from 'zod';
import { trackOfEntry } from '../../ledger/track-of-entry.ts';
import { needs, needsForList } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';
import { problem, sendProblem } from '../exchange/problems.ts';

/** `GET /api/v1/audit/entries`: who did what to what, when and why. */
export const listAuditEntries: Operation = (app, { audit }) => {
  if (audit === undefined) return;
  const schema = {
    operationId: 'listAuditEntries',
    tags: ['ledger'],
    summary:
      'List entries of the ledger with all that they say, newest first: those about what the caller sees',
    querystring: z.strictObject({ ...auditFilterQuery, ...pageQuery }),
    response: { 200: jsonReply('A page of entries, newest first.', auditPageSchema), ...readingRefusals() },
  };
  app.get(
    '/api/v1/audit/entries',
    { schema, ...needsForList('audit:read', trackOfEntry) },
    async (request, reply) => {
      const { cursor, limit, ...filter } = request.query;
      const list = `audit ${JSON.stringify(filter)}`;
      const found = await readPage(list, { cursor, limit }, (page) => audit.entries(filter, page));
      return sendResult(request, reply, found);
    },
  );
};

/** `GET /api/v1/audit/entries/:sequence`: one entry. */
export const readAuditEntry: Operation = (app, { audit }) => {
  if (audit === undefined) return;
  const schema = {
    operationId: 'readAuditEntry',
    tags: ['ledger'],
    summary: 'Read one entry of the ledger',
    params: z.strictObject({
      sequence: z.string().regex(/^[1-9]\d{0,14}$/, 'must be the number of an entry'),
    }),
    response: { 200: jsonReply('The entry.', auditEntrySchema), ...readingRefusals(404) },
  };
  app.get(
    '/api/v1/audit/entries/:sequence',
    { schema, ...needs('audit:read', 'asked') },
    async (request, reply) => {
      const sequence = Number(request.params.sequence);
      const entry = await audit.entry(sequence);
      if (entry === null) return sendProblem(request, reply, noEntry(sequence));
      const refused = await request.mayNot('audit:read', trackOfEntry(entry));
      return refused ? sendProblem(request, reply, refused) : reply.code(200).send(entry);
    },
  );
};

const noEntry = (sequence: number) =>
  problem({
    status: 404,
    code: 'unknown-entry',
    detail: `The ledger has no entry ${sequence}.`,
    remedy: 'List them with GET /api/v1/audit/entries.',
  });
