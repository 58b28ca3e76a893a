import { type EventView, eventSchema } from '@sluice/protocol/http/views.ts';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { writeEvents } from '../exchange/event-stream.ts';
import { problem, sendProblem } from '../exchange/problems.ts';
import { readingRefusals } from '../exchange/documented-replies.ts';
import { trackQuery } from '../exchange/track-path.ts';

const sequence = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

const querySchema = z.strictObject({
  after: z
    .union([z.literal('latest'), sequence])
    .default(0)
    .describe('Begin after this sequence number, or with `latest` after all that has happened so far.'),
  track: trackQuery.optional(),
  follow: z
    .enum(['true', 'false'])
    .default('true')
    .describe('With `false` the stream ends, in order, after what has happened so far.'),
});

/** `GET /api/v1/events`: what happens, as it happens or so far, as server-sent events. */
export const streamEvents: Operation = (app, context) => {
  const schema = {
    operationId: 'streamEvents',
    tags: ['events'],
    summary: 'Follow what happens, as server-sent events',
    querystring: querySchema,
    headers: z.looseObject({
      'last-event-id': sequence.optional().describe('Sent by clients that reconnect; wins over `after`.'),
    }),
    response: {
      200: {
        description: 'Events whose `id` is the sequence number and whose `data` is an Event.',
        content: { 'text/event-stream': { schema: eventSchema } },
      },
      ...readingRefusals(403),
    },
  };
  let subscribers = 0;
  app.get(
    '/api/v1/events',
    {
      schema,
      config: { ...needs('delivery:read', 'asked').config, inFlightAs: 'streams' },
      exposeHeadRoute: false,
    },
    async (request, reply) => {
      if (subscribers >= context.limits.eventSubscribers) {
        void reply.header('retry-after', '5');
        return sendProblem(request, reply, tooManySubscribers(subscribers));
      }
      const { after, track } = request.query;
      const follow = request.query.follow === 'true';
      const begin = request.headers['last-event-id'] ?? after;
      reply.hijack();
      context.metrics.eventSubscribers.set((subscribers += 1));
      try {
        await writeEvents(
          reply.raw,
          {
            events: (signal) =>
              visibleEvents(request, context.controlPlane.events(begin, { signal, follow })),
            isFinite: !follow,
            track,
            requestId: request.id,
            isStillWelcome: () => request.isStillWelcome(),
          },
          context,
        );
      } finally {
        context.metrics.eventSubscribers.set((subscribers -= 1));
      }
      return reply;
    },
  );
};

/** What the caller may see of what happens. */
async function* visibleEvents(
  request: Pick<FastifyRequest, 'mayNot'>,
  events: AsyncIterable<EventView>,
): AsyncIterable<EventView> {
  for await (const event of events) if (!(await request.mayNot('delivery:read', event.track))) yield event;
}

const tooManySubscribers = (subscribers: number) =>
  problem({
    status: 503,
    code: 'too-many-subscribers',
    detail: `${subscribers} event streams are open, which is the limit.`,
    remedy: 'Close one, or read GET /api/v1/tracks from time to time.',
  });
