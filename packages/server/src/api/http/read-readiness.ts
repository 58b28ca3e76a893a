import { healthSchema } from '@sluice/protocol/http/health.ts';
import { askedTogether, runProbes } from '../../telemetry/health.ts';
import { OPEN_TO_ALL } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { EXPOSURE } from '../exposure.ts';
import { jsonReply, readingRefusals, unhealthyReply } from '../exchange/documented-replies.ts';

/** `GET /health/ready`: whether the store, the host and the loop are there. */
export const readReadiness: Operation = (app, { health, limits }) => {
  const schema = {
    operationId: 'readReadiness',
    tags: ['health'],
    summary: 'Say whether the store, the host and the loop are there',
    response: {
      ...readingRefusals(),
      200: jsonReply('All is there.', healthSchema),
      503: unhealthyReply('Something is missing; `checks` says what.', healthSchema),
    },
  };
  const probed = askedTogether(() => runProbes(health.probes, limits.probeTimeoutMs));
  app.get('/health/ready', { schema, ...OPEN_TO_ALL }, async (_request, reply) => {
    const checks = [...(await probed())];
    const isReady = health.started() && checks.every(({ ok }) => ok);
    const status = isReady ? 'ok' : 'unavailable';
    return reply.code(isReady ? 200 : 503).send({ status, checks, exposure: EXPOSURE });
  });
};
