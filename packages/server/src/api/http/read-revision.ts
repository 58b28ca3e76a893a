import { revisionSchema } from '@sluice/protocol/http/revisions.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { TRACK_PATH, trackOf, trackPathSchema } from '../exchange/track-path.ts';

const pathSchema = trackPathSchema.extend({
  revision: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/)
    .describe('Id of the revision.'),
});

/** `GET …/revisions/:revision`: what a revision is made of. */
export const readRevision: Operation = (app, { controlPlane }) => {
  const schema = {
    operationId: 'readRevision',
    tags: ['tracks'],
    summary: 'Read what a revision is made of',
    params: pathSchema,
    response: { 200: jsonReply('The revision.', revisionSchema), ...readingRefusals(404) },
  };
  const options = { schema, ...needs('delivery:read', 'track') };
  app.get(`${TRACK_PATH}/revisions/:revision`, options, async (request, reply) => {
    const { revision, ...path } = request.params;
    return sendResult(request, reply, await controlPlane.revision(trackOf(path), revision));
  });
};
