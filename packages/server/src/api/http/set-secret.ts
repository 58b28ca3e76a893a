import { secretRequestSchema, secretSchema } from '@sluice/protocol/http/secrets.ts';
import { needs } from '../access/needs.ts';
import { signsVotes } from '../access/slack-voters.ts';
import { sendProblem } from '../exchange/problems.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { SECRET_PATH, secretPathSchema } from '../exchange/secret-path.ts';

/** `PUT /api/v1/secrets/:name`: keep a value, as a new version. Nothing of it is kept for repeated requests. */
export const setSecret: Operation = (app, { secrets, channels }) => {
  if (!secrets) return;
  const schema = {
    operationId: 'setSecret',
    tags: ['secrets'],
    summary: 'Keep a value encrypted, as a new version of a secret; it is never given back',
    params: secretPathSchema,
    body: secretRequestSchema,
    response: {
      200: jsonReply('The secret, without its value.', secretSchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.put(SECRET_PATH, { schema, ...needs('secrets:manage', 'organisation') }, async (request, reply) => {
    const { name } = request.params;
    const refused = await request.mayNot('access:manage', null);
    return refused && (await signsVotes(channels, name))
      ? sendProblem(request, reply, refused)
      : sendResult(request, reply, await secrets.set(name, request.body));
  });
};
