import { healthSchema } from '@sluice/protocol/http/health.ts';
import { OPEN_TO_ALL } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { EXPOSURE } from '../exposure.ts';
import { jsonReply, readingRefusals, unhealthyReply } from '../exchange/documented-replies.ts';

/** `GET /startup`: whether the start is complete. */
export const readStartup: Operation = (app, { health }) => {
  const schema = {
    operationId: 'readStartup',
    tags: ['health'],
    summary: 'Say whether the start is complete',
    response: {
      ...readingRefusals(),
      200: jsonReply('The start is complete.', healthSchema),
      503: unhealthyReply('Still starting.', healthSchema),
    },
  };
  app.get('/startup', { schema, ...OPEN_TO_ALL }, async (_request, reply) => {
    const ok = health.started();
    const checks = [{ name: 'start', ok, detail: ok ? 'ok' : 'migrations or the loop are not through yet' }];
    const status = ok ? 'ok' : 'unavailable';
    return reply.code(ok ? 200 : 503).send({ status, checks, exposure: EXPOSURE });
  });
};
