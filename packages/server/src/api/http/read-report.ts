import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { preferredType } from '../exchange/preferred-type.ts';
import { problem, sendProblem } from '../exchange/problems.ts';
import { readingRefusals } from '../exchange/documented-replies.ts';
import { rolloutPathSchema } from '../exchange/rollout-path.ts';

const TYPES = ['application/json', 'text/markdown'] as const;

const reportSchema = z.unknown().describe('The report; its parts are described in the guide.');

/** `GET /api/v1/rollouts/:id/report`: what happened and why, for people or for programs. */
export const readReport: Operation = (app, { controlPlane }) => {
  const schema = {
    operationId: 'readReport',
    tags: ['rollouts'],
    summary: 'Read what happened in a rollout and why, as JSON or Markdown',
    params: rolloutPathSchema,
    response: {
      200: {
        description: 'The deployment report, as `Accept` prefers it.',
        content: {
          'application/json': { schema: reportSchema },
          'text/markdown': { schema: z.string() },
        },
      },
      ...readingRefusals(404, 406, 409),
    },
  };
  app.get(
    '/api/v1/rollouts/:id/report',
    { schema, ...needs('delivery:read', 'rollout') },
    async (request, reply) => {
      const type = preferredType(request.headers.accept, TYPES);
      if (type === undefined) return sendProblem(request, reply, notAcceptable());
      const found = await controlPlane.report(request.params.id);
      if (!found.ok) return sendProblem(request, reply, found.refusal);
      void reply.header('vary', 'accept');
      if (type === 'application/json') return reply.code(200).type(type).send(found.value.json);
      return reply.code(200).type(`${type}; charset=utf-8`).serializer(String).send(found.value.markdown);
    },
  );
};

const notAcceptable = () =>
  problem({
    status: 406,
    code: 'not-acceptable',
    detail: 'A report exists as application/json and as text/markdown.',
    remedy: 'Name one of them in Accept.',
  });
