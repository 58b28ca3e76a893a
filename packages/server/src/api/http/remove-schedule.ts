import { scheduleSchema } from '@sluice/protocol/http/schedules.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { SCHEDULE_PATH, schedulePathSchema } from '../exchange/schedule-path.ts';
import { trackOf } from '../exchange/track-path.ts';

/** `DELETE …/schedules/:schedule`: remove a schedule; tasks that it has made go on. */
export const removeSchedule: Operation = (app, { schedules, idempotency }) => {
  if (schedules === undefined) return;
  const schema = {
    operationId: 'removeSchedule',
    tags: ['tasks'],
    summary: 'Remove a schedule that no release has brought; tasks that it has made go on',
    params: schedulePathSchema,
    headers: changeHeaders,
    response: {
      200: jsonReply('The schedule as it was.', scheduleSchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.delete(SCHEDULE_PATH, { schema, ...needs('schedules:manage', 'track') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () =>
      schedules.remove(trackOf(request.params), request.params.schedule),
    ),
  );
};
