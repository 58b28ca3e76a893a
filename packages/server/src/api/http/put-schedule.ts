import { scheduleRequestSchema, scheduleSchema } from '@sluice/protocol/http/schedules.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { SCHEDULE_PATH, schedulePathSchema } from '../exchange/schedule-path.ts';
import { trackOf } from '../exchange/track-path.ts';

/** `PUT …/schedules/:schedule`: make a schedule, or change what it says. */
export const putSchedule: Operation = (app, { schedules, idempotency }) => {
  if (schedules === undefined) return;
  const schema = {
    operationId: 'putSchedule',
    tags: ['tasks'],
    summary: 'Make a schedule, or change what it says; it goes on with the first moment from now on',
    params: schedulePathSchema,
    headers: changeHeaders,
    body: scheduleRequestSchema,
    response: {
      200: jsonReply('The schedule as it is now.', scheduleSchema),
      ...postingRefusals(409, 422),
    },
  };
  app.put(SCHEDULE_PATH, { schema, ...needs('schedules:manage', 'track') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () =>
      schedules.put(trackOf(request.params), request.params.schedule, request.body),
    ),
  );
};
