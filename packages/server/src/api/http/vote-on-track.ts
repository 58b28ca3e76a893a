import { voteRequestSchema } from '@sluice/protocol/http/gates.ts';
import { trackSchema } from '@sluice/protocol/http/views.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { TRACK_PATH, trackOf, trackPathSchema } from '../exchange/track-path.ts';

/** `POST …/votes`: approve or reject a release. */
export const voteOnTrack: Operation = (app, { gates, controlPlane, idempotency }) => {
  if (!gates) return;
  const schema = {
    operationId: 'voteOnTrack',
    tags: ['gates'],
    summary: 'Approve or reject the release that is under way, or a step of it that asks',
    params: trackPathSchema,
    headers: changeHeaders,
    body: voteRequestSchema,
    response: { 200: jsonReply('The track after the vote.', trackSchema), ...postingRefusals(404, 409, 422) },
  };
  app.post(
    `${TRACK_PATH}/votes`,
    { schema, ...needs('delivery:approve', 'track') },
    async (request, reply) => {
      const track = trackOf(request.params);
      return sendOnce({ request, reply, idempotency }, 200, async () => {
        const given = await gates.vote(track, request.caller, request.body);
        return given.ok ? controlPlane.track(track) : given;
      });
    },
  );
};
