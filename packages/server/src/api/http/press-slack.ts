import { channelNameSchema } from '@sluice/protocol/http/channels.ts';
import { z } from 'zod';
import { OPEN_TO_ALL } from '../access/needs.ts';
import type { Api, Operation } from '../api-instance.ts';

/** Slack sends a few kilobytes, in bytes. */
const MOST_BYTES = 262_144;

/**
 * `POST /hooks/slack/:channel`: a button in Slack was pressed. No part of the document: it is for Slack, whose signature is its
 * credential.
 */
export const pressSlack: Operation = (app, { presses }) => {
  if (presses === undefined) return;
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MOST_BYTES }, (_request, body, done) =>
      done(null, body),
    );
    (scope as unknown as Api).post(
      '/hooks/slack/:channel',
      { schema: { hide: true, params: z.strictObject({ channel: channelNameSchema }) }, ...OPEN_TO_ALL },
      async ({ params, body, headers }, reply) => {
        const status = await presses.press(params.channel, {
          body: typeof body === 'string' ? body : '',
          timestamp: one(headers['x-slack-request-timestamp']),
          signature: one(headers['x-slack-signature']),
        });
        return reply.code(status).send();
      },
    );
  });
};

const one = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? undefined : header;
