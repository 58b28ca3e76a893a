import { memoryForgottenSchema, memoryScopeShape } from '@sluice/protocol/http/memory.ts';
import { ok } from '@sluice/core/kernel/result.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { MEMORY_KEY_PATH, memoryPathSchema, memoryPlaceOf } from '../exchange/memory-path.ts';
import { asProblem } from '../exchange/refused-as-problem.ts';

const querySchema = z.strictObject({
  ...memoryScopeShape,
  expectedVersion: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('Only where this is the present version.'),
});

/** `DELETE /api/v1/memory/:key`: forget a key with everything that it holds. */
export const deleteMemory: Operation = (app, { memory, idempotency }) => {
  if (memory === undefined) return;
  const schema = {
    operationId: 'deleteMemory',
    tags: ['memory'],
    summary: 'Forget a key with everything that it holds',
    params: memoryPathSchema,
    querystring: querySchema,
    headers: changeHeaders,
    response: {
      200: jsonReply('It is forgotten.', memoryForgottenSchema),
      ...postingRefusals(409, 422),
    },
  };
  app.delete(MEMORY_KEY_PATH, { schema, ...needs('memory:write', 'track') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, async () => {
      const { expectedVersion, ...scope } = request.query;
      const place = memoryPlaceOf(scope);
      if (!place.ok) return asProblem(place);
      const forgotten = await memory.forget(place.value, request.params.key, { expectedVersion });
      return asProblem(forgotten.ok ? ok({ wasThere: forgotten.value }) : forgotten);
    }),
  );
};
