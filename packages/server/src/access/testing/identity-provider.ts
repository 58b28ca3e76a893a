import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateKeyPairSync } from 'node:crypto';
import Provider, { type Configuration } from 'oidc-provider';

/** Somebody whom the provider knows. */
export interface KnownPerson {
  readonly sub: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly name: string;
  readonly groups: readonly string[];
}

/** For tests: a real OpenID provider on the loopback address, at which whoever is named signs in without being asked. */
export interface IdentityProvider {
  readonly issuer: string;
  /** Who signs in next. */
  person: KnownPerson;
  /** Goes through the provider's pages as a browser does, from its first address to the one that leads back. */
  passThrough(url: string): Promise<string>;
  close(): Promise<void>;
}

/** The client that the provider knows. */
export const CLIENT = { id: 'sluice', secret: 'a secret of the client of the test' };

/** Opens a provider for one place that browsers come back to. */
export async function identityProvider(callback: string, home: string): Promise<IdentityProvider> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const state: { person: KnownPerson } = {
    person: { sub: 'ada-1', email: 'Ada@Example.com', email_verified: true, name: 'Ada', groups: ['ops'] },
  };
  const provider = new Provider(
    issuer,
    configurationOf(callback, home, () => state.person),
  );
  server.on('request', (request, response) => {
    const uid = /^\/interaction\/([\w-]+)/.exec(request.url ?? '')?.[1];
    if (uid === undefined) return void provider.callback()(request, response);
    void answer(provider, state.person, request, response);
  });
  return {
    issuer,
    get person() {
      return state.person;
    },
    set person(person) {
      state.person = person;
    },
    passThrough: (url) => passThrough(url, issuer),
    close: () => closed(server),
  };
}

function configurationOf(callback: string, home: string, person: () => KnownPerson): Configuration {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = { ...privateKey.export({ format: 'jwk' }), kid: 'first', use: 'sig', alg: 'RS256' };
  return {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [callback],
        post_logout_redirect_uris: [home],
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    jwks: { keys: [key as never] },
    cookies: { keys: ['a key of the test'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
    findAccount: (_context, accountId) => ({
      accountId,
      claims: async () => ({ ...person(), groups: [...person().groups] }),
    }),
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
    pkce: { required: () => true },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      IdToken: 600,
      Interaction: 600,
      Session: 600,
      Grant: 600,
    },
  };
}

/** Whoever is asked signs in and agrees. */
async function answer(
  provider: Provider,
  { sub }: KnownPerson,
  ...[request, response]: Parameters<ReturnType<Provider['callback']>>
): Promise<void> {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  const accountId = session?.accountId ?? sub;
  if (prompt.name === 'login')
    return provider.interactionFinished(request, response, { login: { accountId } });
  const grant =
    grantId === undefined
      ? new provider.Grant({ accountId, clientId: String(params['client_id']) })
      : await provider.Grant.find(grantId);
  grant?.addOIDCScope('openid email profile');
  return provider.interactionFinished(request, response, { consent: { grantId: await grant?.save() } });
}

async function passThrough(first: string, issuer: string): Promise<string> {
  const cookies = new Map<string, string>();
  let url = first;
  for (let step = 0; step < 10; step += 1) {
    if (!url.startsWith(issuer)) return url;
    const reply = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    for (const cookie of reply.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const location = reply.headers.get('location');
    if (location === null) return `no way on: ${reply.status} ${await reply.text()}`;
    url = new URL(location, url).href;
  }
  return 'too many redirects';
}

const closed = (server: Server): Promise<void> => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
};
