import { channelNameSchema } from '@sluice/protocol/http/channels.ts';
import { newOrganisationSchema } from '@sluice/protocol/http/organisations.ts';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { PressStatus } from '../../notify/slack-presses.ts';
import { OPEN_TO_ALL } from '../access/needs.ts';
import type { Api, Operation } from '../api-instance.ts';

/** Slack sends a few kilobytes, in bytes. */
const MOST_BYTES = 262_144;

/**
 * `POST /hooks/slack/:organisation/:channel`: a button in Slack was pressed; without an organisation `default` is meant. No part
 * of the document: it is for Slack, whose signature is its credential. The organisation is in the path because nothing else of
 * the request could say whose channel it is.
 */
export const pressSlack: Operation = (app, { presses }) => {
  if (presses === undefined) return;
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MOST_BYTES }, (_request, body, done) =>
      done(null, body),
    );
    const config = { ...OPEN_TO_ALL.config, limitedAs: 'changes' } as const;
    const taken = async (channel: string, { body, headers }: FastifyRequest): Promise<PressStatus> =>
      presses.press(channel, {
        body: typeof body === 'string' ? body : '',
        timestamp: one(headers['x-slack-request-timestamp']),
        signature: one(headers['x-slack-signature']),
      });
    const ofDefault = { hide: true, params: z.strictObject({ channel: channelNameSchema }) };
    const ofOne = {
      hide: true,
      params: ofDefault.params.extend({ organisation: newOrganisationSchema.shape.tenant }),
    };
    const inner = scope as unknown as Api;
    inner.post('/hooks/slack/:channel', { schema: ofDefault, config }, async (request, reply) =>
      reply.code(await taken(request.params.channel, request)).send(),
    );
    inner.post('/hooks/slack/:organisation/:channel', { schema: ofOne, config }, async (request, reply) => {
      const { organisation, channel } = request.params;
      const isOurs = organisation === presses.organisation;
      return reply.code(isOurs ? await taken(channel, request) : 404).send();
    });
  });
};

const one = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? undefined : header;
