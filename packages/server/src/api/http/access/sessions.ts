import { newTokenSchema } from '@sluice/protocol/http/access.ts';
import {
  loginCodeSchema,
  sessionOpenedSchema,
  signedOutSchema,
  signInMethodsSchema,
  tokenLoginSchema,
  workloadLoginSchema,
} from '@sluice/protocol/http/sign-in.ts';
import { credentialsIn } from '../../access/credentials.ts';
import { OPEN_TO_ALL, OPEN_TO_GUESSES, SIGNED_IN } from '../../access/needs.ts';
import type { Operation } from '../../api-instance.ts';
import { jsonReply, postingRefusals, readingRefusals } from '../../exchange/documented-replies.ts';
import { giveSession, isSecure, originOf, refuseLogin, takeSession } from './session-reply.ts';

const tags = ['sign-in'];

/** `GET /auth/methods`: how people can sign in. */
export const readSignInMethods: Operation = (app, { signIn }) => {
  if (signIn === undefined) return;
  const schema = {
    ...{ operationId: 'readSignInMethods', tags, summary: 'Say how people can sign in' },
    response: { 200: jsonReply('A token always lets in.', signInMethodsSchema), ...readingRefusals() },
  };
  app.get('/auth/methods', { schema, ...OPEN_TO_ALL }, async () => ({
    provider: signIn.provider,
    login: signIn.provider === null ? null : '/auth/login',
  }));
};

/** `POST /auth/token`: a browser that has a token gets a session. */
export const openSession: Operation = (app, { signIn, publicUrl = null }) => {
  if (signIn === undefined) return;
  const schema = {
    ...{ operationId: 'openSession', tags, summary: 'Turn a token into a session of this browser' },
    body: tokenLoginSchema,
    response: {
      200: jsonReply('The session; its cookie is in the headers.', sessionOpenedSchema),
      ...postingRefusals(429),
    },
  };
  app.post('/auth/token', { schema, ...OPEN_TO_GUESSES }, async (request, reply) => {
    const opened = await signIn.withToken(request.body.token, request.from);
    if (!opened.ok) return refuseLogin(request, reply, opened.refusal);
    const csrf = giveSession(reply, opened.value, isSecure(request, publicUrl));
    return reply.send({ subject: opened.value.caller.subject, csrf, endsAt: opened.value.endsAt });
  });
};

/** `POST /auth/logout` and `POST /auth/logout-everywhere`: sessions end. */
export const closeSession: Operation = (app, { signIn, publicUrl = null }) => {
  if (signIn === undefined) return;
  const response = { 200: jsonReply('What ended.', signedOutSchema), ...postingRefusals() };
  const one = { operationId: 'closeSession', tags, summary: 'End the session of this browser', response };
  app.post('/auth/logout', { schema: one, ...SIGNED_IN }, async (request, reply) => {
    const { session } = credentialsIn(request.headers);
    const home = `${originOf(request, publicUrl)}/`;
    const url = session === null ? null : await signIn.signOut(session, home);
    return takeSession(reply, isSecure(request, publicUrl)).send({ url, sessions: session === null ? 0 : 1 });
  });
  const all = { operationId: 'closeSessions', tags, summary: 'End all sessions of the caller', response };
  app.post('/auth/logout-everywhere', { schema: all, ...SIGNED_IN }, async (request, reply) => {
    const sessions = await signIn.signOutEverywhere(request.caller);
    return takeSession(reply, isSecure(request, publicUrl)).send({ url: null, sessions });
  });
};

/** `POST /auth/cli/token`: the command line turns what the browser brought into a token. */
export const redeemLogin: Operation = (app, { signIn }) => {
  if (signIn === undefined) return;
  const schema = {
    ...{
      operationId: 'redeemLogin',
      tags,
      summary: 'Turn a code of `sluice login` into a personal token, once',
    },
    body: loginCodeSchema,
    response: { 200: jsonReply('The token, with what lets in.', newTokenSchema), ...postingRefusals(429) },
  };
  app.post('/auth/cli/token', { schema, ...OPEN_TO_GUESSES }, async (request, reply) => {
    const { code, verifier } = request.body;
    const made = await signIn.redeem(code, verifier, request.from);
    return made.ok ? reply.send(made.value) : refuseLogin(request, reply, made.refusal);
  });
};

/** `POST /auth/workload`: a job of a CI system gets a token of a few minutes. */
export const exchangeWorkload: Operation = (app, { signIn }) => {
  if (signIn === undefined) return;
  const schema = {
    ...{ operationId: 'exchangeWorkload', tags },
    summary: 'Turn the ID token of a CI job into a token of 15 minutes, once',
    body: workloadLoginSchema,
    response: { 200: jsonReply('The token, with what lets in.', newTokenSchema), ...postingRefusals(429) },
  };
  app.post('/auth/workload', { schema, ...OPEN_TO_GUESSES }, async (request, reply) => {
    const { token: assertion, organisation, trust } = request.body;
    const made = await signIn.exchange({ assertion, organisation, trust }, request.from);
    return made.ok ? reply.send(made.value) : refuseLogin(request, reply, made.refusal);
  });
};
