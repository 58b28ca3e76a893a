import { Readable } from 'node:stream';
import { payloadIdSchema } from '@sluice/protocol/http/task-events.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { readingRefusals } from '../exchange/documented-replies.ts';
import { asProblem } from '../exchange/refused-as-problem.ts';

/** `GET /api/v1/payloads/:payload`: the content of a payload. */
export const readPayload: Operation = (app, { payloads }) => {
  if (payloads === undefined) return;
  const schema = {
    operationId: 'readPayload',
    tags: ['tasks'],
    summary: 'Read the content of a payload',
    params: z.strictObject({ payload: payloadIdSchema }),
    response: {
      200: {
        description: 'Its bytes, whatever they are; `Payload-Media-Type` says what its sender called them.',
        content: { 'application/octet-stream': { schema: z.any() } },
      },
      ...readingRefusals(404),
    },
  };
  app.get(
    '/api/v1/payloads/:payload',
    { schema, ...needs('tasks:read', 'organisation'), exposeHeadRoute: false },
    async (request, reply) => {
      const opened = await payloads.open(request.params.payload);
      if (!opened.ok) return sendResult(request, reply, asProblem(opened));
      const { bytes, mediaType, read } = opened.value;
      // What somebody uploaded is never shown as a page of this site.
      return reply
        .code(200)
        .header('content-type', 'application/octet-stream')
        .header('content-disposition', 'attachment')
        .header('x-content-type-options', 'nosniff')
        .header('payload-media-type', mediaType)
        .header('content-length', bytes)
        .send(Readable.from(read()) as never);
    },
  );
};
