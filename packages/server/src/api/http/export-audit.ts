import { Readable } from 'node:stream';
import { auditFilterQuery, EXPORT_FORMS, type ExportForm } from '@sluice/protocol/http/audit.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { readingRefusals } from '../exchange/documented-replies.ts';

const TYPES: Readonly<Record<ExportForm, string>> = {
  jsonl: 'application/jsonl',
  csv: 'text/csv',
  cef: 'text/plain',
};

/** `GET /api/v1/audit/export`: the ledger as a file. */
export const exportAudit: Operation = (app, { audit }) => {
  if (audit === undefined) return;
  const schema = {
    operationId: 'exportAudit',
    tags: ['ledger'],
    summary: 'Export the ledger, the oldest entry first',
    description:
      'JSON Lines of the whole ledger end with the heads and the keys, so that `sluice audit verify --file` can check them ' +
      'without this server. An export with a filter is a part, and cannot be checked as a whole.',
    querystring: z.strictObject({
      ...auditFilterQuery,
      form: z.enum(EXPORT_FORMS).default('jsonl').describe('JSON Lines, CSV, or the Common Event Format.'),
    }),
    response: {
      200: {
        description: 'The entries.',
        content: Object.fromEntries(Object.values(TYPES).map((type) => [type, { schema: z.any() }])),
      },
      ...readingRefusals(),
    },
  };
  app.get(
    '/api/v1/audit/export',
    { schema, ...needs('audit:read', 'organisation'), exposeHeadRoute: false },
    async (request, reply) => {
      const { form, ...filter } = request.query;
      return reply
        .code(200)
        .header('content-type', `${TYPES[form]}; charset=utf-8`)
        .header('content-disposition', `attachment; filename="ledger.${form}"`)
        .header('x-content-type-options', 'nosniff')
        .send(Readable.from(bytesOf(audit.export(filter, form))) as never);
    },
  );
};

async function* bytesOf(texts: AsyncIterable<string>): AsyncGenerator<Buffer> {
  for await (const text of texts) if (text !== '') yield Buffer.from(text);
}
