import { secretSchema } from '@sluice/protocol/http/secrets.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { SECRET_PATH, secretPathSchema } from '../exchange/secret-path.ts';

const querySchema = z.strictObject({
  by: z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.'),
});

/** `DELETE /api/v1/secrets/:name`: forget a secret with all its versions. */
export const removeSecret: Operation = (app, { secrets, idempotency }) => {
  if (!secrets) return;
  const schema = {
    operationId: 'removeSecret',
    tags: ['secrets'],
    summary: 'Forget a secret with all its versions; what runs keeps the value that it has',
    params: secretPathSchema,
    querystring: querySchema,
    headers: changeHeaders,
    response: { 200: jsonReply('The secret as it was.', secretSchema), ...postingRefusals(404, 409, 422) },
  };
  app.delete(SECRET_PATH, { schema, ...needs('secrets:manage', 'organisation') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () =>
      secrets.remove(request.params.name, request.query.by),
    ),
  );
};
