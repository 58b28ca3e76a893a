import { z } from 'zod';
import type { Caller } from '@sluice/core/access/caller.ts';
import { isProofOf, proofOf } from '../../../access/session-cookie.ts';
import { credentialsIn } from '../../access/credentials.ts';
import { OPEN_TO_GUESSES } from '../../access/needs.ts';
import type { Api, Operation } from '../../api-instance.ts';
import { escaped, sendPage } from './login-page.ts';

const wishSchema = z.strictObject({
  port: z.coerce.number().int().min(1024).max(65_535),
  challenge: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  state: z.string().regex(/^[A-Za-z0-9_-]{20,100}$/),
});
const answerSchema = wishSchema.extend({ proof: z.string().max(100) });
type Wish = z.infer<typeof wishSchema>;

/**
 * `GET /auth/cli` and `POST /auth/cli`: whoever is signed in with a browser signs in the command line of the same machine. They
 * are asked first, because any program of the machine can open this page.
 */
export const loginOfCommandLine: Operation = (app, { signIn, access }) => {
  if (signIn === undefined) return;
  const callerOf = async (headers: Parameters<typeof credentialsIn>[0]): Promise<Caller | null> => {
    const { session } = credentialsIn(headers);
    return session === null ? null : access.callerOf({ bearer: null, session });
  };
  const page = { schema: { hide: true, querystring: wishSchema }, ...OPEN_TO_GUESSES };
  app.get('/auth/cli', page, async (request, reply) => {
    const caller = await callerOf(request.headers);
    const { session } = credentialsIn(request.headers);
    if (caller === null || session === null) {
      const to = encodeURIComponent(request.url);
      if (signIn.provider !== null) return reply.redirect(`/auth/login?to=${to}`, 302);
      return sendPage(reply, {
        ...{ status: 401, title: 'Sign in first', link: { to: '/', words: 'To the dashboard' } },
        words: [
          'Nobody is signed in with this browser, and this control plane knows no identity provider.',
          '`sluice login --token` reads a token instead.',
        ],
      });
    }
    return sendPage(reply, {
      ...{ status: 200, title: 'Sign the command line in?', form: formOf(request.query, proofOf(session)) },
      words: [
        `A program on this machine asks to act as ${caller.name} (${caller.subject}) for 30 days.`,
        'Allow it only if you have just started `sluice login`.',
      ],
    });
  });
  // Forms are read here and nowhere else: everything else takes JSON, which no form of another site can send.
  void app.register(async (inner) => {
    inner.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    );
    const form = { schema: { hide: true, body: answerSchema }, ...OPEN_TO_GUESSES };
    (inner as Api).post('/auth/cli', form, async (request, reply) => {
      const caller = await callerOf(request.headers);
      const { session } = credentialsIn(request.headers);
      const { port, challenge, state, proof } = request.body;
      if (caller === null || session === null || !isProofOf(session, proof))
        return sendPage(reply, {
          status: 403,
          title: 'Not signed in',
          words: ['Start `sluice login` again.'],
        });
      const code = await signIn.codeFor(caller, { session, challenge });
      if (!code.ok) {
        const { status, title, detail, remedy } = code.refusal;
        return sendPage(reply, { status, title, words: [detail, remedy] });
      }
      const query = new URLSearchParams({ code: code.value, state });
      return reply.redirect(`http://127.0.0.1:${port}/?${query.toString()}`, 303);
    });
  });
};

const formOf = ({ port, challenge, state }: Wish, proof: string): string => {
  const fields = Object.entries({ port: String(port), challenge, state, proof });
  const inputs = fields.map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${escaped(value)}">`,
  );
  return `<form method="post" action="/auth/cli">${inputs.join('')}<button>Allow</button></form>`;
};
