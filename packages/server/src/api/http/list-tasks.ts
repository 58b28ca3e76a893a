import { sessionSchema, taskPageSchema, taskStateSchema } from '@sluice/protocol/http/tasks.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';
import { TRACK_PATH, trackOf, trackPathSchema } from '../exchange/track-path.ts';

const querySchema = z.strictObject({
  state: taskStateSchema.optional(),
  session: sessionSchema.optional(),
  ...pageQuery,
});

/** `GET …/tasks`: the tasks of a component of agents, newest first. */
export const listTasks: Operation = (app, { tasks }) => {
  if (tasks === undefined) return;
  const schema = {
    operationId: 'listTasks',
    tags: ['tasks'],
    summary: 'List the tasks of one component, newest first, without what they carry',
    params: trackPathSchema,
    querystring: querySchema,
    response: {
      200: jsonReply('A page of tasks, newest first.', taskPageSchema),
      ...readingRefusals(),
    },
  };
  app.get(`${TRACK_PATH}/tasks`, { schema, ...needs('tasks:read', 'track') }, async (request, reply) => {
    const { state, session, ...page } = request.query;
    const track = trackOf(request.params);
    const list = `tasks?${JSON.stringify([track, state, session])}`;
    const found = await readPage(list, page, (wanted) => tasks.tasks(track, { state, session }, wanted));
    return sendResult(request, reply, found);
  });
};
