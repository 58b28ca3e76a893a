import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendProblem } from '../exchange/problems.ts';
import { readingRefusals } from '../exchange/documented-replies.ts';
import { TRACK_PATH, trackOf, trackPathSchema } from '../exchange/track-path.ts';

/** Most lines that are given at once. */
const LINES_LIMIT = 10_000;

const querySchema = z.strictObject({
  revision: z.string().min(1).max(200).optional().describe('A revision id or version; default: the newest.'),
  instance: z
    .string()
    .regex(/^[\w.-]{1,253}$/)
    .optional()
    .describe('One instance by its name; default: all, each line with the name before it.'),
  tail: z.coerce.number().int().min(1).max(LINES_LIMIT).default(200).describe('Lines from the end.'),
});

/** `GET …/logs`: what the processes of a revision wrote. */
export const readLogs: Operation = (app, { controlPlane }) => {
  const schema = {
    operationId: 'readLogs',
    tags: ['tracks'],
    summary: 'Read what the processes of a revision wrote',
    params: trackPathSchema,
    querystring: querySchema,
    response: {
      200: { description: 'The lines, oldest first.', content: { 'text/plain': { schema: z.string() } } },
      ...readingRefusals(404, 409),
    },
  };
  app.get(`${TRACK_PATH}/logs`, { schema, ...needs('delivery:read', 'track') }, async (request, reply) => {
    const { revision, tail, instance } = request.query;
    const found = await controlPlane.logs(trackOf(request.params), revision ?? null, tail, instance);
    if (!found.ok) return sendProblem(request, reply, found.refusal);
    return reply.code(200).type('text/plain; charset=utf-8').serializer(String).send(found.value);
  });
};
