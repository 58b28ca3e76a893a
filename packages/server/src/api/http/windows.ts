import { gateNameSchema } from '@sluice/protocol/http/gates.ts';
import { windowPageSchema, windowRequestSchema, windowSchema } from '@sluice/protocol/http/gate-rules.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce, sendResult } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';

const PATH = '/api/v1/windows';
const namedPath = z.strictObject({ name: gateNameSchema });

/** `GET /api/v1/windows`: when releases may go out. */
export const listWindows: Operation = (app, { gates }) => {
  if (!gates) return;
  const schema = {
    operationId: 'listWindows',
    tags: ['gates'],
    summary: 'List the times of the week in which releases go out, or do not',
    querystring: z.strictObject(pageQuery),
    response: {
      200: jsonReply('A page of windows, in the order of their names.', windowPageSchema),
      ...readingRefusals(),
    },
  };
  app.get(PATH, { schema, ...needs('gates:read', 'anywhere') }, async (request, reply) =>
    sendResult(
      request,
      reply,
      await readPage('windows', request.query, (page) => gates.windows(request.caller, page)),
    ),
  );
};

/** `PUT /api/v1/windows/:name`: declare a window, or change it. */
export const putWindow: Operation = (app, { gates, idempotency }) => {
  if (!gates) return;
  const schema = {
    operationId: 'putWindow',
    tags: ['gates'],
    summary: 'Declare a time of the week in which releases go out, or do not',
    params: namedPath,
    headers: changeHeaders,
    body: windowRequestSchema,
    response: { 200: jsonReply('The window.', windowSchema), ...postingRefusals(409, 422) },
  };
  app.put(`${PATH}/:name`, { schema, ...needs('gates:manage', 'asked') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () =>
      gates.putWindow(request.caller, request.params.name, request.body),
    ),
  );
};

/** `DELETE /api/v1/windows/:name`: remove a window. */
export const removeWindow: Operation = (app, { gates, idempotency }) => {
  if (!gates) return;
  const schema = {
    operationId: 'removeWindow',
    tags: ['gates'],
    summary: 'Remove a window',
    params: namedPath,
    querystring: z.strictObject({
      by: z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.'),
    }),
    headers: changeHeaders,
    response: { 200: jsonReply('The window as it was.', windowSchema), ...postingRefusals(404, 422) },
  };
  app.delete(`${PATH}/:name`, { schema, ...needs('gates:manage', 'asked') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () =>
      gates.removeWindow(request.caller, request.params.name),
    ),
  );
};
