import { ok } from '@sluice/core/kernel/result.ts';
import { removedAgentSchema } from '@sluice/protocol/http/registered-agents.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { AGENT_PATH, agentPathSchema } from '../exchange/agent-path.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { asProblem } from '../exchange/refused-as-problem.ts';
import { trackOf } from '../exchange/track-path.ts';

/** `DELETE /api/v1/registered-agents/…`: forget a registered agent and its queue. */
export const removeAgent: Operation = (app, { agents, idempotency }) => {
  if (agents === undefined) return;
  const schema = {
    operationId: 'removeAgent',
    tags: ['tasks'],
    summary: 'Forget a registered agent, once none of its tasks is open',
    params: agentPathSchema,
    headers: changeHeaders,
    response: {
      200: jsonReply('The agent that was forgotten.', removedAgentSchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.delete(AGENT_PATH, { schema, ...needs('agents:manage', 'track') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, async () => {
      const id = trackOf(request.params);
      const removed = await agents.remove(id);
      return asProblem(removed.ok ? ok({ id }) : removed);
    }),
  );
};
