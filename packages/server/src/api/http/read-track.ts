import { trackSchema } from '@sluice/protocol/http/views.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { trackReadHeaders } from '../exchange/change-headers.ts';
import { matchesTag, trackTag } from '../exchange/entity-tag.ts';
import { sendProblem } from '../exchange/problems.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { TRACK_PATH, trackOf, trackPathSchema } from '../exchange/track-path.ts';

/** `GET /api/v1/tracks/:application/:environment/:component`: one track, with its entity tag. */
export const readTrack: Operation = (app, { controlPlane }) => {
  const schema = {
    operationId: 'readTrack',
    tags: ['tracks'],
    summary: 'Read one component in one environment',
    params: trackPathSchema,
    headers: trackReadHeaders,
    response: {
      200: jsonReply('The track; its tag is in `ETag`.', trackSchema),
      304: z.null().describe('Nothing has changed since the tag in `If-None-Match`.'),
      ...readingRefusals(404),
    },
  };
  app.get(TRACK_PATH, { schema, ...needs('delivery:read', 'track') }, async (request, reply) => {
    const found = await controlPlane.track(trackOf(request.params));
    if (!found.ok) return sendProblem(request, reply, found.refusal);
    const tag = trackTag(found.value);
    void reply.header('etag', tag);
    if (matchesTag(request.headers['if-none-match'], tag)) return reply.code(304).send(null);
    return reply.code(200).send(found.value);
  });
};
