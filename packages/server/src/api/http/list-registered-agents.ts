import {
  type RegisteredAgentView,
  registeredAgentPageSchema,
} from '@sluice/protocol/http/registered-agents.ts';
import { z } from 'zod';
import { needsForList } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { AGENTS_PATH } from '../exchange/agent-path.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';

/** `GET /api/v1/registered-agents`: the agents that no release delivers. */
export const listRegisteredAgents: Operation = (app, { agents }) => {
  if (agents === undefined) return;
  const schema = {
    operationId: 'listRegisteredAgents',
    tags: ['tasks'],
    summary: 'List the agents that no release delivers',
    querystring: z.strictObject(pageQuery),
    response: {
      200: jsonReply('A page of agents, in the order of their ids.', registeredAgentPageSchema),
      ...readingRefusals(),
    },
  };
  app.get(
    AGENTS_PATH,
    { schema, ...needsForList('agents:read', ({ id }: RegisteredAgentView) => id) },
    async (request, reply) => {
      const found = await readPage('registered-agents', request.query, async ({ cursor, limit }) => {
        const rest = (await agents.list()).filter(({ id }) => cursor === null || id > cursor);
        const items = rest.slice(0, limit);
        return { items, next: rest.length > limit ? (items.at(-1)?.id ?? null) : null };
      });
      return sendResult(request, reply, found);
    },
  );
};
