import type { Result } from '@sluice/core/kernel/result.ts';
import { eventPageSchema } from '@sluice/protocol/http/pages.ts';
import type { EventView, Problem } from '@sluice/protocol/http/views.ts';
import { z } from 'zod';
import type { Page } from '../../rollouts/control-plane.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';
import { sendProblem } from '../exchange/problems.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { rolloutPathSchema } from '../exchange/rollout-path.ts';

const NOTHING: Page<EventView> = { items: [], next: null };

/** `GET /api/v1/rollouts/:id/events`: the story of a rollout. */
export const listRolloutEvents: Operation = (app, { controlPlane }) => {
  const schema = {
    operationId: 'listRolloutEvents',
    tags: ['rollouts'],
    summary: 'Read the story of a rollout, oldest event first',
    params: rolloutPathSchema,
    querystring: z.strictObject(pageQuery),
    response: { 200: jsonReply('A page of events, oldest first.', eventPageSchema), ...readingRefusals(404) },
  };
  app.get(
    '/api/v1/rollouts/:id/events',
    { schema, ...needs('delivery:read', 'rollout') },
    async (request, reply) => {
      const { id } = request.params;
      const refused: { problem?: Problem } = {};
      const found = await readPage(`events?${id}`, request.query, async (wanted) => {
        const result: Result<Page<EventView>, Problem> = await controlPlane.rolloutEvents(id, wanted);
        if (!result.ok) refused.problem = result.refusal;
        return result.ok ? result.value : NOTHING;
      });
      if (refused.problem) return sendProblem(request, reply, refused.problem);
      return sendResult(request, reply, found);
    },
  );
};
