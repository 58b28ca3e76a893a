import { scheduleSchema } from '@sluice/protocol/http/schedules.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { SCHEDULE_PATH, schedulePathSchema } from '../exchange/schedule-path.ts';
import { trackOf } from '../exchange/track-path.ts';

const resting =
  (verb: 'pause' | 'resume', summary: string): Operation =>
  (app, { schedules, idempotency }) => {
    if (schedules === undefined) return;
    const schema = {
      operationId: `${verb}Schedule`,
      tags: ['tasks'],
      summary,
      params: schedulePathSchema,
      headers: changeHeaders,
      response: {
        200: jsonReply('The schedule as it is now.', scheduleSchema),
        ...postingRefusals(404, 409, 422),
      },
    };
    app.post(
      `${SCHEDULE_PATH}/${verb}`,
      { schema, ...needs('schedules:manage', 'track') },
      async (request, reply) =>
        sendOnce({ request, reply, idempotency }, 200, () =>
          schedules[verb](trackOf(request.params), request.params.schedule),
        ),
    );
  };

/** `POST …/schedules/:schedule/pause`: no moment makes a task until it goes on. */
export const pauseSchedule = resting(
  'pause',
  'Let a schedule rest: no moment makes a task until it is resumed',
);

/** `POST …/schedules/:schedule/resume`: go on with the first moment from now on. */
export const resumeSchedule = resting('resume', 'Let a schedule go on with the first moment from now on');
