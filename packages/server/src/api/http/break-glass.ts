import { glassRequestSchema } from '@sluice/protocol/http/gates.ts';
import { trackSchema } from '@sluice/protocol/http/views.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { TRACK_PATH, trackOf, trackPathSchema } from '../exchange/track-path.ts';

/** `POST …/break-glass`: let a release pass every gate. */
export const breakGlass: Operation = (app, { gates, controlPlane, idempotency }) => {
  if (!gates) return;
  const schema = {
    operationId: 'breakGlass',
    tags: ['gates'],
    summary:
      'Let the release that is under way pass approvals, windows, freezes and budgets; everybody is told',
    params: trackPathSchema,
    headers: changeHeaders,
    body: glassRequestSchema,
    response: { 200: jsonReply('The track afterwards.', trackSchema), ...postingRefusals(404, 409, 422) },
  };
  app.post(
    `${TRACK_PATH}/break-glass`,
    { schema, ...needs('delivery:break-glass', 'track') },
    async (request, reply) => {
      const track = trackOf(request.params);
      return sendOnce({ request, reply, idempotency }, 200, async () => {
        const broken = await gates.breakGlass(track, request.body);
        return broken.ok ? controlPlane.track(track) : broken;
      });
    },
  );
};
