import { agentRequestSchema, registeredAgentSchema } from '@sluice/protocol/http/registered-agents.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { AGENT_BODY_BYTES, AGENT_PATH, agentPathSchema } from '../exchange/agent-path.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { asProblem } from '../exchange/refused-as-problem.ts';
import { trackOf } from '../exchange/track-path.ts';
import { describedAgent } from '../grpc/agent-message.ts';

/** `PUT /api/v1/registered-agents/…`: replace what is said of a registered agent. */
export const updateAgent: Operation = (app, { agents, idempotency }) => {
  if (agents === undefined) return;
  const schema = {
    operationId: 'updateAgent',
    tags: ['tasks'],
    summary: 'Replace what is said of a registered agent; its tasks and workers go on',
    params: agentPathSchema,
    headers: changeHeaders,
    body: agentRequestSchema,
    response: {
      200: jsonReply('The agent as it is registered now.', registeredAgentSchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.put(
    AGENT_PATH,
    { schema, ...needs('agents:manage', 'track'), bodyLimit: AGENT_BODY_BYTES },
    async (request, reply) =>
      sendOnce({ request, reply, idempotency }, 200, async () => {
        const agent = describedAgent({ ...request.body, id: trackOf(request.params) });
        return asProblem(agent.ok ? await agents.update(agent.value) : agent);
      }),
  );
};
