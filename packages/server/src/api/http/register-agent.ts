import { newAgentSchema, registeredAgentSchema } from '@sluice/protocol/http/registered-agents.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { AGENT_BODY_BYTES, AGENTS_PATH } from '../exchange/agent-path.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { sendProblem } from '../exchange/problems.ts';
import { asProblem } from '../exchange/refused-as-problem.ts';
import { describedAgent } from '../grpc/agent-message.ts';

/** `POST /api/v1/registered-agents`: register an agent whose workers connect by themselves. */
export const registerAgent: Operation = (app, { agents, idempotency }) => {
  if (agents === undefined) return;
  const schema = {
    operationId: 'registerAgent',
    tags: ['tasks'],
    summary: 'Register an agent whose workers connect by themselves, as its revision `registered`',
    headers: changeHeaders,
    body: newAgentSchema,
    response: {
      201: jsonReply('The agent as it is registered.', registeredAgentSchema),
      ...postingRefusals(409, 422),
    },
  };
  app.post(
    AGENTS_PATH,
    { schema, ...needs('agents:manage', 'asked'), bodyLimit: AGENT_BODY_BYTES },
    async (request, reply) => {
      const refused = await request.mayNot('agents:manage', request.body.id);
      if (refused) return sendProblem(request, reply, refused);
      return sendOnce({ request, reply, idempotency }, 201, async () => {
        const agent = describedAgent(request.body);
        return asProblem(agent.ok ? await agents.create(agent.value) : agent);
      });
    },
  );
};
