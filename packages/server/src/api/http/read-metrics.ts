import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { readingRefusals } from '../exchange/documented-replies.ts';

const TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** `GET /metrics`: what the control plane measures of itself, for Prometheus. */
export const readMetrics: Operation = (app, { metrics }) => {
  const schema = {
    operationId: 'readMetrics',
    tags: ['health'],
    summary: 'Read the figures of the control plane, for Prometheus',
    response: {
      200: { description: 'Prometheus text format.', content: { 'text/plain': { schema: z.string() } } },
      ...readingRefusals(),
    },
  };
  app.get('/metrics', { schema, ...needs('metrics:read', 'organisation') }, async (_request, reply) =>
    reply
      .code(200)
      .type(TYPE)
      .serializer(String)
      .send(await metrics.registry.metrics()),
  );
};
