import { scheduleSchema } from '@sluice/protocol/http/schedules.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { SCHEDULE_PATH, schedulePathSchema } from '../exchange/schedule-path.ts';
import { trackOf } from '../exchange/track-path.ts';

/** `GET …/schedules/:schedule`: one schedule, and how far it has come. */
export const readSchedule: Operation = (app, { schedules }) => {
  if (schedules === undefined) return;
  const schema = {
    operationId: 'readSchedule',
    tags: ['tasks'],
    summary: 'Read a schedule, and how far it has come',
    params: schedulePathSchema,
    response: { 200: jsonReply('The schedule.', scheduleSchema), ...readingRefusals(404) },
  };
  app.get(SCHEDULE_PATH, { schema, ...needs('tasks:read', 'track') }, async (request, reply) =>
    sendResult(request, reply, await schedules.schedule(trackOf(request.params), request.params.schedule)),
  );
};
