import { trackIdFrom } from '@sluice/core/kernel/ids.ts';
import { type ScheduleView, schedulePageSchema } from '@sluice/protocol/http/schedules.ts';
import { z } from 'zod';
import { needsForList } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';
import { trackQuery } from '../exchange/track-path.ts';

const querySchema = z.strictObject({ track: trackQuery.optional(), ...pageQuery });

/** `GET /api/v1/schedules`: tasks that come by the clock. */
export const listSchedules: Operation = (app, { schedules }) => {
  if (schedules === undefined) return;
  const schema = {
    operationId: 'listSchedules',
    tags: ['tasks'],
    summary: 'List schedules, of one track or of all',
    querystring: querySchema,
    response: {
      200: jsonReply('A page of schedules, in the order of their tracks and names.', schedulePageSchema),
      ...readingRefusals(),
    },
  };
  app.get(
    '/api/v1/schedules',
    { schema, ...needsForList('tasks:read', ({ track }: ScheduleView) => track) },
    async (request, reply) => {
      const { track, ...page } = request.query;
      const of = track === undefined ? undefined : trackIdFrom(track);
      const list = `schedules?${JSON.stringify([track])}`;
      const found = await readPage(list, page, (wanted) => schedules.schedules(of, wanted));
      return sendResult(request, reply, found);
    },
  );
};
