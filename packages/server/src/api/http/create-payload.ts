import type { IncomingMessage } from 'node:http';
import { payloadSchema } from '@sluice/protocol/http/task-events.ts';
import { refuse } from '@sluice/core/kernel/result.ts';
import { PAYLOAD_LIMITS } from '@sluice/core/tasks/payload-reference.ts';
import { needs } from '../access/needs.ts';
import type { Api, Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { asProblem } from '../exchange/refused-as-problem.ts';

/** `POST /api/v1/payloads`: keep what is too large for a task. The same content is kept once, so that it may be repeated. */
export const createPayload: Operation = (app, { payloads }) => {
  if (payloads === undefined) return;
  const schema = {
    operationId: 'createPayload',
    tags: ['tasks'],
    summary: 'Keep the body, of any media type, for tasks that are given its name',
    description: 'A task whose input is `{"$payload": "sha256:…"}` is given this content. At most 64 MiB.',
    response: {
      200: jsonReply('It is kept; what no task uses is forgotten after a day.', payloadSchema),
      ...postingRefusals(409, 422),
    },
  };
  void app.register(async (plugin) => {
    const scope = plugin as unknown as Api;
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    scope.post(
      '/api/v1/payloads',
      { schema, ...needs('tasks:submit', 'anywhere'), bodyLimit: PAYLOAD_LIMITS.bytes + 1 },
      async (request, reply) => {
        const mediaType = request.headers['content-type'];
        const body = request.body as IncomingMessage | undefined;
        const kept =
          mediaType === undefined || body === undefined
            ? nothingSent()
            : await payloads.keep(body, { mediaType, fence: null });
        return sendResult(request, reply, asProblem(kept));
      },
    );
  });
};

const nothingSent = () =>
  refuse(
    'invalid-payload',
    'The request has no body, or does not say what it is.',
    'Send it with a Content-Type.',
  );
