import { commandRequestSchema } from '@sluice/protocol/http/requests.ts';
import { trackSchema } from '@sluice/protocol/http/views.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { trackChangeHeaders } from '../exchange/change-headers.ts';
import { demandedVersion } from '../exchange/entity-tag.ts';
import { problem, sendProblem } from '../exchange/problems.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { TRACK_PATH, trackOf, trackPathSchema } from '../exchange/track-path.ts';

/** `POST …/commands`: pause, resume, promote, skip or abort what is under way. */
export const commandTrack: Operation = (app, { controlPlane, idempotency }) => {
  const schema = {
    operationId: 'commandTrack',
    tags: ['tracks'],
    summary: 'Pause, resume, promote, skip or abort what is under way',
    params: trackPathSchema,
    headers: trackChangeHeaders,
    body: commandRequestSchema,
    response: {
      200: jsonReply('The track after the command.', trackSchema),
      ...postingRefusals(404, 409, 412, 422),
    },
  };
  app.post(
    `${TRACK_PATH}/commands`,
    { schema, ...needs('delivery:steer', 'track') },
    async (request, reply) => {
      const version = demandedVersion(request.headers['if-match']);
      if (version === undefined) return sendProblem(request, reply, badTag());
      const track = trackOf(request.params);
      return sendOnce({ request, reply, idempotency }, 200, () =>
        controlPlane.command(track, request.body, version),
      );
    },
  );
};

const badTag = () =>
  problem({
    status: 400,
    code: 'invalid-entity-tag',
    detail: 'If-Match is not one entity tag of a track.',
    remedy: 'Give the ETag of the track unchanged, or leave If-Match out.',
    errors: [{ pointer: '/headers/if-match', detail: 'is not one entity tag of a track' }],
  });
