import { errorBudgetSchema } from '@sluice/protocol/http/gate-rules.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { TRACK_PATH, trackOf, trackPathSchema } from '../exchange/track-path.ts';

/** `GET …/error-budget`: how the error budget of a track stands. */
export const readErrorBudget: Operation = (app, { gates }) => {
  if (!gates) return;
  const schema = {
    operationId: 'readErrorBudget',
    tags: ['gates'],
    summary: 'Read how much of an error budget is left, and how fast it goes',
    params: trackPathSchema,
    response: { 200: jsonReply('The budget.', errorBudgetSchema), ...readingRefusals(404) },
  };
  app.get(`${TRACK_PATH}/error-budget`, { schema, ...needs('gates:read', 'track') }, async (request, reply) =>
    sendResult(request, reply, await gates.errorBudget(trackOf(request.params))),
  );
};
