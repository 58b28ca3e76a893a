import { keyRotationRequestSchema, keyRotationSchema } from '@sluice/protocol/http/secrets.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';

/** `POST /api/v1/secret-keys/rotations`: wrap all data keys with a new key, while everything goes on. */
export const rotateSecretsKey: Operation = (app, { secrets, idempotency }) => {
  if (!secrets) return;
  const schema = {
    operationId: 'rotateSecretsKey',
    tags: ['secrets'],
    summary: 'Wrap the data keys of all secrets with a new key, while everything goes on',
    headers: changeHeaders,
    body: keyRotationRequestSchema,
    response: { 200: jsonReply('What was done.', keyRotationSchema), ...postingRefusals(409, 422) },
  };
  app.post(
    '/api/v1/secret-keys/rotations',
    { schema, ...needs('secrets:manage', 'organisation') },
    async (request, reply) =>
      sendOnce({ request, reply, idempotency }, 200, () => secrets.rotateKey(request.body)),
  );
};
