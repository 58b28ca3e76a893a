import { z } from 'zod';
import { cookiesIn } from '../../../access/session-cookie.ts';
import type { LoginFlow } from '../../../access/sign-in.ts';
import { OPEN_TO_GUESSES } from '../../access/needs.ts';
import type { Operation } from '../../api-instance.ts';
import { sendPage } from './login-page.ts';
import { giveSession, isSecure, originOf, safePath } from './session-reply.ts';

/** A login at the provider takes no longer, in seconds. */
const FLOW_SECONDS = 600;
const FLOW = 'sluice_login';

const AGAIN = { to: '/auth/login', words: 'Sign in again' };

/** `GET /auth/login` and `GET /auth/callback`: a browser goes to the identity provider and comes back. */
export const loginByProvider: Operation = (app, { signIn, publicUrl = null }) => {
  if (signIn === undefined) return;
  const querystring = z.looseObject({ to: z.string().max(2000).optional() });
  app.get(
    '/auth/login',
    { schema: { hide: true, querystring }, ...OPEN_TO_GUESSES },
    async (request, reply) => {
      const callback = `${originOf(request, publicUrl)}/auth/callback`;
      const begun = await signIn.beginLogin(callback, safePath(request.query.to));
      if (!begun.ok) {
        const { status, title, detail, remedy } = begun.refusal;
        return sendPage(reply, { status, title, words: [detail, remedy], link: { to: '/', words: 'Back' } });
      }
      const { url, flow } = begun.value;
      const sealed = Buffer.from(JSON.stringify(flow)).toString('base64url');
      const { name, rules } = cookieOf(isSecure(request, publicUrl));
      return reply
        .header('set-cookie', `${name}=${sealed}${rules}; Max-Age=${FLOW_SECONDS}`)
        .redirect(url, 302);
    },
  );
  app.get('/auth/callback', { schema: { hide: true }, ...OPEN_TO_GUESSES }, async (request, reply) => {
    const secure = isSecure(request, publicUrl);
    const { name, rules } = cookieOf(secure);
    const flow = flowIn(cookiesIn(request.headers.cookie).get(name));
    void reply.header('set-cookie', `${name}=${rules}; Max-Age=0`);
    if (flow === undefined)
      return sendPage(reply, {
        ...{ status: 400, title: 'This login was not begun here' },
        words: ['It has taken too long, or was begun in another browser.'],
        link: AGAIN,
      });
    const answer = new URL(request.url, originOf(request, publicUrl));
    const opened = await signIn.finishLogin(flow, answer, request.from);
    if (!opened.ok) {
      const { status, title, detail, remedy } = opened.refusal;
      return sendPage(reply, { status, title, words: [detail, remedy], link: AGAIN });
    }
    giveSession(reply, opened.value, secure);
    return reply.redirect(safePath(flow.returnTo), 303);
  });
};

const cookieOf = (secure: boolean) => ({
  name: secure ? `__Host-${FLOW}` : FLOW,
  rules: `; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`,
});

const flowSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.string(),
});

function flowIn(cookie: string | undefined): LoginFlow | undefined {
  if (cookie === undefined || cookie === '') return undefined;
  try {
    return flowSchema.safeParse(JSON.parse(Buffer.from(cookie, 'base64url').toString())).data;
  } catch {
    return undefined;
  }
}
