import type { Caller } from '@sluice/core/access/caller.ts';
import {
  accessAnswersSchema,
  accessQuestionsSchema,
  type WhoamiView,
  whoamiSchema,
} from '@sluice/protocol/http/access.ts';
import type { FastifyRequest } from 'fastify';
import { proofOf } from '../../../access/session-cookie.ts';
import { credentialsIn } from '../../access/credentials.ts';
import { SIGNED_IN } from '../../access/needs.ts';
import type { Operation } from '../../api-instance.ts';
import { jsonReply, postingRefusals, readingRefusals } from '../../exchange/documented-replies.ts';

const READERS = [
  { path: '/api/v1/whoami', operationId: 'whoami', summary: 'Say who asks, and what they may do' },
  {
    path: '/api/v1/session',
    operationId: 'readSession',
    summary: 'The same for a page: with what it has to show with each change',
  },
] as const;

/** `GET /api/v1/whoami` and `GET /api/v1/session`: who asks. */
export const readCaller: Operation = (app, { signIn }) => {
  for (const { path, ...words } of READERS) {
    const schema = {
      ...words,
      tags: ['access'],
      response: { 200: jsonReply('Who asks.', whoamiSchema), ...readingRefusals() },
    };
    app.get(path, { schema, ...SIGNED_IN }, async (request) => {
      const session = sessionOf(request);
      const endsAt = session === null ? null : ((await signIn?.endOf(session)) ?? null);
      return callerView(request.caller, session, endsAt);
    });
  }
};

/** `POST /api/v1/access-decisions`: what the caller may do, and why not. */
export const decideAccess: Operation = (app, { accounts }) => {
  if (accounts === undefined) return;
  const schema = {
    operationId: 'decideAccess',
    tags: ['access'],
    summary: 'Say what the caller may do where, by which role, or what is missing',
    body: accessQuestionsSchema,
    response: {
      200: jsonReply('A decision for each question.', accessAnswersSchema),
      ...postingRefusals(422),
    },
  };
  app.post('/api/v1/access-decisions', { schema, ...SIGNED_IN }, async (request) =>
    accounts.decide(request.caller, request.body),
  );
};

/** The session by which a request was let in; null for one with a token. */
function sessionOf({ headers }: FastifyRequest): string | null {
  const { bearer, session } = credentialsIn(headers);
  return bearer === null ? session : null;
}

const callerView = (
  { tenant, subject, name, groups, grants }: Caller,
  session: string | null,
  sessionEndsAt: number | null,
): WhoamiView => ({
  ...{ tenant, subject, name, groups: [...groups] },
  roles: grants.map((grant) => ({ ...grant, permissions: [...grant.permissions] })),
  csrf: session === null ? null : proofOf(session),
  sessionEndsAt,
});
