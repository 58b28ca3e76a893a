import { gateNameSchema } from '@sluice/protocol/http/gates.ts';
import { freezePageSchema, freezeRequestSchema, freezeSchema } from '@sluice/protocol/http/gate-rules.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce, sendResult } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';

const PATH = '/api/v1/freezes';

/** `GET /api/v1/freezes`: what is frozen now, or will be. */
export const listFreezes: Operation = (app, { gates }) => {
  if (!gates) return;
  const schema = {
    operationId: 'listFreezes',
    tags: ['gates'],
    summary: 'List the freezes that hold now, or will',
    querystring: z.strictObject(pageQuery),
    response: {
      200: jsonReply('A page of freezes, in the order of their names.', freezePageSchema),
      ...readingRefusals(),
    },
  };
  app.get(PATH, { schema, ...needs('gates:read', 'anywhere') }, async (request, reply) =>
    sendResult(
      request,
      reply,
      await readPage('freezes', request.query, (page) => gates.freezes(request.caller, page)),
    ),
  );
};

/** `POST /api/v1/freezes`: declare that nothing goes out. */
export const declareFreeze: Operation = (app, { gates, idempotency }) => {
  if (!gates) return;
  const schema = {
    operationId: 'declareFreeze',
    tags: ['gates'],
    summary: 'Declare that nothing goes out somewhere for a time; rollbacks always do',
    headers: changeHeaders,
    body: freezeRequestSchema,
    response: { 201: jsonReply('The freeze.', freezeSchema), ...postingRefusals(409, 422) },
  };
  app.post(PATH, { schema, ...needs('gates:manage', 'asked') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 201, () => gates.freeze(request.caller, request.body)),
  );
};

/** `DELETE /api/v1/freezes/:name`: lift a freeze. */
export const liftFreeze: Operation = (app, { gates, idempotency }) => {
  if (!gates) return;
  const schema = {
    operationId: 'liftFreeze',
    tags: ['gates'],
    summary: 'Lift a freeze; what waited for its end goes on',
    params: z.strictObject({ name: gateNameSchema }),
    querystring: z.strictObject({
      by: z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.'),
      system: z
        .enum(['true', 'false'])
        .default('false')
        .describe('Whether a freeze of every organisation is meant.'),
    }),
    headers: changeHeaders,
    response: { 200: jsonReply('The freeze as it was.', freezeSchema), ...postingRefusals(404, 409, 422) },
  };
  app.delete(`${PATH}/:name`, { schema, ...needs('gates:manage', 'asked') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () =>
      gates.lift(request.caller, request.params.name, request.query.system === 'true'),
    ),
  );
};
