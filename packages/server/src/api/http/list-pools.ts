import { type PoolView, poolListSchema } from '@sluice/protocol/http/pools.ts';
import { z } from 'zod';
import { needsForList } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';

/** `GET /api/v1/pools`: how many workers there are to be. */
export const listPools: Operation = (app, { pools }) => {
  if (pools === undefined) return;
  const schema = {
    operationId: 'listPools',
    tags: ['tasks'],
    summary: 'List how many workers each pool is to have, and why',
    querystring: z.strictObject({
      track: z.string().max(200).optional().describe('Only this component of agents.'),
      revision: z.string().max(200).optional().describe('Only this revision.'),
    }),
    response: {
      200: jsonReply('Pools in the order of their tracks, as they were decided last.', poolListSchema),
      ...readingRefusals(),
    },
  };
  app.get(
    '/api/v1/pools',
    { schema, ...needsForList('agents:read', ({ track }: PoolView) => track) },
    async (request, reply) => {
      const { track, revision } = request.query;
      const rows = pools
        .plans()
        .filter((row) => (track ?? row.queue) === row.queue && (revision ?? row.revision) === row.revision);
      return reply.send({
        items: rows.map(({ queue, revision: id, plan }) => ({
          ...{
            track: queue,
            revision: id,
            workers: plan.workers,
            ordered: plan.ordered,
            isAsleep: plan.isAsleep,
          },
          ...{ on: plan.on, leaving: plan.leaving.length, waiting: plan.waiting, running: plan.running },
          ...{ oldestAt: plan.oldestAt, why: plan.why, decidedAt: plan.at },
        })),
      });
    },
  );
};
