import { healthSchema } from '@sluice/protocol/http/health.ts';
import { OPEN_TO_ALL } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { EXPOSURE } from '../exposure.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';

/** `GET /health/live`: the process answers; whether it can do its work is another question. */
export const readLiveness: Operation = (app) => {
  const schema = {
    operationId: 'readLiveness',
    tags: ['health'],
    summary: 'Say that the process answers',
    response: { 200: jsonReply('It answers.', healthSchema), ...readingRefusals() },
  };
  app.get('/health/live', { schema, ...OPEN_TO_ALL }, async (_request, reply) =>
    reply.code(200).send({ status: 'ok', checks: [], exposure: EXPOSURE }),
  );
};
