import { taskEventSchema } from '@sluice/protocol/http/task-events.ts';
import { z } from 'zod';
import type { TaskWord } from '../../tasks/task-news.ts';
import { taskViewOf } from '../../tasks/task-views.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { readingRefusals } from '../exchange/documented-replies.ts';
import { type StreamFrame, writeFrames } from '../exchange/event-stream.ts';
import { problem, sendProblem } from '../exchange/problems.ts';
import { TASK_PATH, taskPathSchema } from '../exchange/task-path.ts';

const sequence = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const querySchema = z.strictObject({
  after: sequence.default(0).describe('Only events after this sequence.'),
});

/** `GET /api/v1/tasks/:task/stream`: what becomes of a task until it has ended, as server-sent events. */
export const streamTask: Operation = (app, context) => {
  const { tasks, news } = context;
  if (tasks === undefined || news === undefined) return;
  const schema = {
    operationId: 'streamTask',
    tags: ['tasks'],
    summary: 'Follow a task until it has ended, as server-sent events',
    params: taskPathSchema,
    querystring: querySchema,
    headers: z.looseObject({
      'last-event-id': sequence.optional().describe('Sent by clients that reconnect; wins over `after`.'),
    }),
    response: {
      200: {
        description:
          'Events named `status`, `event` (whose `data` is a TaskEvent) and at last `ended` (whose `data` is the Task).',
        content: { 'text/event-stream': { schema: taskEventSchema } },
      },
      ...readingRefusals(403, 404),
    },
  };
  let followers = 0;
  app.get(
    `${TASK_PATH}/stream`,
    {
      schema,
      config: { ...needs('tasks:read', 'task').config, inFlightAs: 'streams' },
      exposeHeadRoute: false,
    },
    async (request, reply) => {
      const { task } = request.params;
      const known = await tasks.task(task);
      if (!known.ok) return sendResult(request, reply, known);
      if (followers >= context.limits.eventSubscribers) {
        void reply.header('retry-after', '5');
        return sendProblem(request, reply, tooMany(followers));
      }
      const after = request.headers['last-event-id'] ?? request.query.after;
      reply.hijack();
      followers += 1;
      try {
        const items = (signal: AbortSignal) => news.follow(task, signal, after);
        await writeFrames(
          reply.raw,
          {
            ...{ items, frame: frameOf, isFinite: true, requestId: request.id },
            isStillWelcome: () => request.isStillWelcome(),
          },
          context,
        );
      } finally {
        followers -= 1;
      }
      return reply;
    },
  );
};

function frameOf(word: TaskWord): StreamFrame {
  if (word.kind === 'ended') return { event: 'ended', data: taskViewOf(word.task) };
  const { kind, ...data } = word;
  return { event: kind, data, ...('sequence' in data && { id: data.sequence }) };
}

const tooMany = (followers: number) =>
  problem({
    status: 503,
    code: 'too-many-subscribers',
    detail: `${followers} tasks are followed, which is the limit.`,
    remedy: 'Close one, or read GET /api/v1/tasks/:task/events from time to time.',
  });
