import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../telemetry/log.ts';
import { putTrust } from '../store/access/trusts.ts';
import { sql } from '../store/testing/sql.ts';
import { NOON } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { storedIdentities } from './identities.ts';
import { openSignIn } from './open-sign-in.ts';
import { AccessRig, type Answered, roleAt } from './testing/access-rig.ts';
import { fits, isLike } from './workload-login.ts';

interface Key {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

const keyOf = async (kid: string, alg = 'RS256'): Promise<Key> => ({
  kid,
  ...(await generateKeyPair(alg, { extractable: true })),
});

const database = withDatabase();
let server: Server;
let issuer: string;
let published: readonly Key[];
let asked: string[];
let asking: Set<string>;
let key: Key;
let rig: AccessRig;
let admin: string;

beforeEach(async () => {
  key = await keyOf('first');
  published = [key];
  asked = [];
  asking = new Set();
  server = createServer(
    (request, response) => void answer(String(request.url)).then((body) => response.end(body)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { db } = database;
  rig = AccessRig.open(db, (clock) => {
    clock.now = Date.now();
    const now = () => clock.now;
    const log = createLog({ level: 'silent' });
    const identities = storedIdentities(db, now);
    return { signIn: openSignIn({ db, identities, oidc: null, fetchOf, log, now, failed: () => undefined }) };
  });
  admin = await rig.token('root', roleAt('admin'));
  const trust = {
    ...{ issuer, audience: 'sluice', claims: { repository: 'acme/shop', ref: 'refs/heads/*' } },
    roles: [{ role: 'developer', project: 'shop', environment: 'staging' }],
  };
  expect((await rig.ask('PUT', '/api/v1/trusts/github', { token: admin, body: trust })).status).toBe(200);
});
afterEach(async () => {
  await rig.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** The way out of an organisation. */
const fetchOf = (organisation: string): typeof fetch => {
  asking.add(organisation);
  return fetch;
};

async function answer(path: string): Promise<string> {
  asked.push(path);
  if (path === '/.well-known/openid-configuration')
    return JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` });
  const keys = await Promise.all(
    published.map(async ({ kid, publicKey }) => ({ ...(await exportJWK(publicKey)), kid, use: 'sig' })),
  );
  return JSON.stringify({ keys });
}

const CLAIMS = { repository: 'acme/shop', ref: 'refs/heads/main', sub: 'repo:acme/shop', run_id: '7' };
let made = 0;

/** An ID token as the CI system would give it, but for what is changed. */
async function assertion(
  changes: Record<string, unknown> = {},
  header: Partial<JWTHeaderParameters> = {},
  by: Key = key,
): Promise<string> {
  const now = Math.floor(rig.clock.now / 1000);
  const claims = {
    ...CLAIMS,
    iss: issuer,
    aud: 'sluice',
    iat: now,
    nbf: now,
    exp: now + 300,
    jti: String(made++),
    ...changes,
  };
  return new SignJWT(Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined)))
    .setProtectedHeader({ alg: 'RS256', kid: by.kid, ...header })
    .sign(by.privateKey);
}

const exchange = (token: string, more: object = {}): Promise<Answered> =>
  rig.ask('POST', '/auth/workload', { body: { token, ...more } });

describe('a job', () => {
  it('is let in for a quarter of an hour, as what was trusted, and the ledger says which job it was', async () => {
    const reply = await exchange(await assertion());
    expect(reply.status).toBe(200);
    const token = String(reply.body['token']);
    expect((await rig.ask('GET', '/api/v1/whoami', { token })).body).toMatchObject({
      subject: 'workload:github',
      roles: [{ role: 'developer', project: 'shop', environment: 'staging' }],
    });
    const entry = await rig.db
      .selectFrom('ledger')
      .select(['actor', 'detail'])
      .where('action', '=', 'workloadLetIn')
      .executeTakeFirstOrThrow();
    expect(entry).toMatchObject({
      actor: 'workload:github',
      detail: { claims: { repository: 'acme/shop', ref: 'refs/heads/main', run_id: '7' } },
    });
    expect((await rig.ask('GET', '/api/v1/tokens', { token: admin })).body['items']).toHaveLength(1);
    rig.clock.now += 15 * 60_000;
    expect((await rig.ask('GET', '/api/v1/whoami', { token })).status).toBe(401);
  });

  it('is out as soon as nobody trusts it any more', async () => {
    const { body } = await exchange(await assertion());
    await rig.ask('DELETE', '/api/v1/trusts/github', { token: admin });
    expect((await rig.ask('GET', '/api/v1/whoami', { token: String(body['token']) })).status).toBe(401);
    expect((await exchange(await assertion())).status).toBe(401);
  });

  it('gets one token for an ID token, even when it asks twice at once', async () => {
    const shown = await assertion();
    const replies = await Promise.all([exchange(shown), exchange(shown)]);
    expect(replies.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 401]);
  });

  it('gets one token for an ID token without a number, however its signature is written', async () => {
    const shown = await assertion({ jti: undefined });
    // Of the last of 342 characters two bits count: 256 bytes end within it.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(shown.at(-1) ?? '');
    const otherwise = `${shown.slice(0, -1)}${alphabet[last ^ 1]}`;
    expect((await exchange(otherwise)).status).toBe(200);
    expect((await exchange(shown)).status).toBe(401);
    expect((await exchange(otherwise)).status).toBe(401);
  });

  it('makes no token that is good for longer than its own', async () => {
    const token = String((await exchange(await assertion())).body['token']);
    const roles = [{ role: 'developer', project: 'shop', environment: 'staging' }];
    const body = { name: 'for-good', roles, expiresInDays: 1 };
    expect(await rig.ask('POST', '/api/v1/tokens', { token, body })).toMatchObject({
      status: 403,
      body: { code: 'beyond-own-rights' },
    });
  });

  it('is let in by a key that its issuer has just made, and not by one that it has withdrawn', async () => {
    await exchange(await assertion());
    const second = await keyOf('second');
    published = [second];
    // Keys are asked for again at most every ten seconds, so that made-up names of keys cost nothing.
    expect((await exchange(await assertion({}, {}, second))).status).toBe(401);
    await rig.close();
    rig = AccessRig.open(database.db, (clock) => {
      clock.now = Date.now();
      const now = () => clock.now;
      const identities = storedIdentities(database.db, now);
      const log = createLog({ level: 'silent' });
      return {
        signIn: openSignIn({
          db: database.db,
          identities,
          oidc: null,
          fetchOf,
          log,
          now,
          failed: () => undefined,
        }),
      };
    });
    expect((await exchange(await assertion({}, {}, second))).status).toBe(200);
    expect((await exchange(await assertion())).status).toBe(401);
  });
});

describe('an ID token is not taken', () => {
  it.each<[string, Record<string, unknown>]>([
    ['of another repository', { repository: 'acme/other' }],
    ['of a tag', { ref: 'refs/tags/v1' }],
    ['for another audience', { aud: 'other' }],
    ['for no audience', { aud: undefined }],
    ['that has expired', { exp: Math.floor(Date.now() / 1000) - 60 }],
    ['that never expires', { exp: undefined }],
    ['that is not valid yet', { nbf: Math.floor(Date.now() / 1000) + 120 }],
    ['from yesterday', { iat: Math.floor(Date.now() / 1000) - 86_400 }],
    ['from the future', { iat: Math.floor(Date.now() / 1000) + 3_600 }],
    ['of nobody', { sub: undefined }],
    ['of an issuer that nobody trusts', { iss: 'http://127.0.0.1:1' }],
    ['with a claim that is a list', { repository: ['acme/shop'] }],
  ])('%s', async (_what, changes) => {
    expect((await exchange(await assertion(changes))).body).toMatchObject({ code: 'unknown-credentials' });
  });

  it('that is signed by another key, whatever its header says of keys', async () => {
    const forged = await keyOf('first');
    const jwk = await exportJWK(forged.publicKey);
    for (const header of [
      {},
      { jwk },
      { jku: `${issuer}/keys?mine` },
      { x5u: `${issuer}/x5u` },
      { kid: '../../first' },
    ])
      expect((await exchange(await assertion({}, header, forged))).status).toBe(401);
    expect(asked).not.toContain('/keys?mine');
    expect(asked).not.toContain('/x5u');
  });

  it('without a signature, or with the public key as its secret', async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const now = Math.floor(rig.clock.now / 1000);
    const claims = part({ ...CLAIMS, iss: issuer, aud: 'sluice', iat: now, exp: now + 300, jti: 'x' });
    for (const alg of ['none', 'None', 'NONE'])
      expect((await exchange(`${part({ alg })}.${claims}.`)).status).toBe(401);
    const spki = await exportSPKI(key.publicKey);
    const head = part({ alg: 'HS256', kid: 'first' });
    for (const secret of [spki, spki.trim()]) {
      const mac = createHmac('sha256', secret).update(`${head}.${claims}`).digest('base64url');
      expect((await exchange(`${head}.${claims}.${mac}`)).status).toBe(401);
    }
    const [header = '', body = ''] = (await assertion()).split('.');
    expect((await exchange(`${header}.${body}.`)).status).toBe(401);
    expect((await exchange('slu_nonsense')).status).toBe(401);
  });

  it('by a trust that was not meant, or in another organisation', async () => {
    expect((await exchange(await assertion(), { trust: 'gitlab' })).status).toBe(401);
    expect((await exchange(await assertion(), { organisation: 'bank' })).status).toBe(401);
    expect((await exchange(await assertion(), { trust: 'github' })).status).toBe(200);
  });
});

it('keys are asked for on the way out of the organisation that trusts their issuer, and by no other', async () => {
  const entry = { at: NOON, actor: 'test', action: 'trustPut', subject: 'workload:github', detail: {} };
  await sql`insert into organisations (tenant, name) values ('acme', 'Acme')`.execute(database.db);
  const trust = {
    name: 'github',
    issuer,
    audience: 'sluice',
    claims: { repository: 'acme/*' },
    roles: [],
    addedBy: 'x',
  };
  await putTrust(database.db, 'acme', trust, entry);
  expect((await exchange(await assertion(), { organisation: 'acme' })).status).toBe(200);
  expect([...asking]).toEqual(['acme']);
  expect((await exchange(await assertion())).status).toBe(200);
  expect([...asking]).toEqual(['acme', 'default']);
});

describe('a trust', () => {
  const put = (body: object, token = admin) => rig.ask('PUT', '/api/v1/trusts/ci', { token, body });
  const trust = {
    issuer: 'https://ci.example',
    audience: 'sluice',
    claims: { repository: 'a/b' },
    roles: [{ role: 'viewer' }],
  };

  it('is of somebody in particular, safe to ask, and within what its maker may', async () => {
    expect((await put({ ...trust, claims: {} })).status).toBe(400);
    expect((await put({ ...trust, issuer: 'http://ci.example' })).body).toMatchObject({
      code: 'unsafe-issuer',
    });
    await rig.ask('PUT', '/api/v1/roles/porter', { token: admin, body: { permissions: ['access:manage'] } });
    const porter = await rig.token('porter', roleAt('porter'));
    expect((await put(trust, porter)).body).toMatchObject({ code: 'beyond-own-rights' });
    expect((await put(trust)).status).toBe(200);
  });

  it('fits what its pattern says, and nothing that merely holds it', () => {
    expect(isLike('refs/heads/*', 'refs/heads/main')).toBe(true);
    expect(isLike('refs/heads/*', 'x/refs/heads/main')).toBe(false);
    expect(isLike('acme/*-shop', 'acme/my-shop')).toBe(true);
    expect(isLike('a*a', 'a')).toBe(false);
    expect(isLike('*.*', 'a')).toBe(false);
    const wanted = { audience: 'sluice', claims: { constructor: '*' } };
    expect(fits(wanted, { aud: 'sluice' })).toBe(false);
    const piece = fc.stringMatching(/^[ab*]{0,8}$/);
    fc.assert(
      fc.property(piece, fc.stringMatching(/^[ab]{0,10}$/), (pattern, text) => {
        const expected = new RegExp(`^${pattern.replaceAll(/\*+/g, '.*')}$`).test(text);
        expect(isLike(pattern, text)).toBe(expected);
      }),
    );
  });
});
