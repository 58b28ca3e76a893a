/** Workers elsewhere join over real TLS, come in with what they were given, and with nothing that was forged. */
import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request as ask } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import type { JoinedView } from '@sluice/protocol/http/joining.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listenOnLoopback } from '../../api/listen-on-loopback.ts';
import type { SharedPort } from '../../api/shared-port.ts';
import { keyFile } from '../../secrets/key-file.ts';
import { listLedger } from '../../store/ledger/read-ledger.ts';
import { rowsOfTenant } from '../../store/testing/rows-of-tenant.ts';
import { TENANT } from '../../store/testing/track-fixtures.ts';
import { withDatabase } from '../../store/testing/with-database.ts';
import { issueCertificate } from '../../tls/issue-certificate.ts';
import { openSecureDoor } from '../../api/secure-door.ts';
import { testAuthority } from '../../tls/testing/test-certificates.ts';
import { watchCertificate } from '../../tls/watched-certificate.ts';
import { createLog } from '../../telemetry/log.ts';
import { AccessRig, roleAt } from '../testing/access-rig.ts';
import { storedJoinDesk } from './join-desk.ts';
import {
  type AuthorityParts,
  openWorkerAuthority,
  rewrapAuthority,
  type WorkerAuthority,
} from './worker-authority.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TRACK = 'shop/production/triage';
const database = withDatabase();
const server = testAuthority();
const operators = testAuthority('the operator');
const silent = createLog({ level: 'silent' });
let folder: string;
let rig: AccessRig;
let admin: string;
let authority: WorkerAuthority;
let url: string;
/** The authority is nearly nine years old, and the next one not due yet. */
const NINE_YEARS_MS = 9 * 365 * DAY_MS;
let agoMs: number;
const opensWith = (file: string): AuthorityParts => ({
  ...{ db: database.db, keys: keyFile(join(folder, file)), log: silent, now: () => Date.now() - agoMs },
});
const ending = new AbortController();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-joining-'));
});
afterAll(async () => {
  ending.abort();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  const { db } = database;
  agoMs = NINE_YEARS_MS + 2 * DAY_MS;
  authority = await openWorkerAuthority(opensWith('secrets.key'));
  rig = AccessRig.open(db, (clock) => {
    clock.now = Date.now();
    return { joining: storedJoinDesk({ db, authority, now: () => clock.now }) };
  });
  admin = await rig.token('root', roleAt('admin'));
  const file = (name: string): string => join(folder, name);
  const { certificate, key } = server.issue({ use: 'server', hosts: ['127.0.0.1'] });
  await writeFile(file('tls.crt'), certificate);
  await writeFile(file('tls.key'), key);
  await writeFile(file('clients.pem'), operators.certificate);
  const watched = await watchCertificate(
    { certificateFile: file('tls.crt'), keyFile: file('tls.key'), clientAuthorityFile: file('clients.pem') },
    { log: silent, now: Date.now, signal: ending.signal },
  );
  await listenOnLoopback(rig.api.app, { port: 0 });
  const shared = rig.api.app.server as unknown as SharedPort;
  url = await openSecureDoor(
    shared,
    { address: '127.0.0.1', port: 0 },
    { certificate: watched, authorities: authority, log: silent },
  );
});
afterEach(() => rig.close());

const keys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicPem = (pair = keys()) => pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();

interface Shown {
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string | null;
}
interface Answer {
  readonly status: number | undefined;
  readonly body: Record<string, unknown>;
}

/** One request over TLS, on a connection of its own. */
async function over(
  method: string,
  path: string,
  { cert, key, token }: Shown,
  body?: object,
): Promise<Answer> {
  const sent = ask(`${url}${path}`, {
    ...{ method, ca: server.certificate, agent: false, ...(cert && { cert, key }) },
    headers: {
      ...(typeof token === 'string' && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
  });
  sent.end(body && JSON.stringify(body));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, body: (await json(answer)) as Record<string, unknown> };
}

const joinToken = async (wanted: object = {}, by = admin) =>
  rig.ask('POST', '/api/v1/join-tokens', { token: by, body: { track: TRACK, ...wanted } });
const textOf = async (wanted: object = {}) => String((await joinToken(wanted)).body['token']);
const whoami = (shown: Shown) => over('GET', '/api/v1/whoami', shown);

/** Joins over TLS with a key of its own. */
async function joined(
  wanted: object = {},
): Promise<JoinedView & { readonly cert: string; readonly key: string }> {
  const pair = keys();
  const body = { token: await textOf(wanted), publicKey: publicPem(pair), name: 'far-away' };
  const answer = await over('POST', '/auth/join', {}, body);
  expect(answer.status).toBe(200);
  const view = answer.body as unknown as JoinedView;
  const key = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { ...view, cert: String(view.certificate), key };
}

const actions = async (): Promise<readonly string[]> =>
  (await listLedger(database.db, TENANT, { limit: 100 })).map(({ actor, action }) => `${actor} ${action}`);

describe('a join token', () => {
  it('is shown once and kept as a digest, and its uses are counted', async () => {
    const made = await joinToken({ uses: 2, expiresInHours: 1 });
    expect(made).toMatchObject({ status: 201, body: { track: TRACK, uses: 2, usesLeft: 2 } });
    const text = String(made.body['token']);
    expect(text).toMatch(/^slj_/);
    expect(JSON.stringify(await rowsOfTenant(database.db, TENANT))).not.toContain(text.slice(-20));
    await over('POST', '/auth/join', {}, { token: text });
    const listed = await rig.ask('GET', '/api/v1/join-tokens', { token: admin });
    expect(listed.body['items']).toMatchObject([{ usesLeft: 1, createdBy: 'token:root' }]);
    expect(await actions()).toEqual(
      expect.arrayContaining(['token:root joinTokenCreated', `worker:${TRACK} workerJoined`]),
    );
  });

  it('lets no more in than it says, however many ask at once', async () => {
    const token = await textOf({ uses: 3 });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => rig.ask('POST', '/auth/join', { body: { token } })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200, 200, 200, 401, 401, 401, 401, 401,
    ]);
  });

  it('lets nobody in once it has ended or was revoked, nor when it is made up', async () => {
    const join = async (token: string) => (await rig.ask('POST', '/auth/join', { body: { token } })).status;
    const made = await joinToken({ uses: 5 });
    const text = String(made.body['token']);
    expect(await join(`${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`)).toBe(401);
    expect(await join(admin)).toBe(401);
    rig.clock.now += 25 * 3_600_000;
    expect(await join(text)).toBe(401);
    rig.clock.now -= 25 * 3_600_000;
    expect(await join(text)).toBe(200);
    await rig.ask('DELETE', `/api/v1/join-tokens/${String(made.body['id'])}`, { token: admin });
    expect(await join(text)).toBe(401);
    expect((await rig.ask('GET', '/api/v1/whoami', { token: text })).status).toBe(401);
  });

  it('is made by nobody who may not do that work there, and is taken away by its maker or an admin', async () => {
    const dan = await rig.token('dan', roleAt('developer', 'shop', 'staging'));
    expect((await joinToken({}, dan)).status).toBe(403);
    const own = await rig.token('own', roleAt('worker', '*', 'production'));
    const made = await joinToken({}, own);
    expect(made.status).toBe(201);
    const path = `/api/v1/join-tokens/${String(made.body['id'])}`;
    expect((await rig.ask('DELETE', path, { token: dan })).status).toBe(403);
    expect((await rig.ask('GET', '/api/v1/join-tokens', { token: dan })).body['items']).toEqual([]);
    expect((await rig.ask('DELETE', path, { token: own })).status).toBe(200);
    expect((await rig.ask('DELETE', path, { token: admin })).status).toBe(404);
  });
});

describe('a worker that has joined', () => {
  it('comes in by its certificate, which is for its track alone and for a day', async () => {
    const { cert, key, ...view } = await joined();
    expect(view).toMatchObject({ organisation: TENANT, track: TRACK, token: null });
    expect(view.expiresAt - rig.clock.now).toBe(86_400_000);
    const certificate = new X509Certificate(cert);
    expect(certificate.checkIssued(new X509Certificate(authority.trusted()[0] ?? ''))).toBe(true);
    expect(certificate.validToDate.getTime() - Date.now()).toBeLessThanOrEqual(86_400_000);
    expect(await whoami({ cert, key })).toMatchObject({
      status: 200,
      body: {
        subject: `worker:${TRACK}`,
        tenant: TENANT,
        roles: [{ role: 'worker', environment: 'production' }],
      },
    });
    expect((await over('GET', '/api/v1/tokens', { cert, key })).body['items']).toEqual([]);
  });

  it('gets a token where TLS ends elsewhere, which is limited in the same way', async () => {
    const body = { token: await textOf(), publicKey: publicPem() };
    const { body: view } = await rig.ask('POST', '/auth/join', { body });
    expect(view).toMatchObject({ certificate: null, token: expect.stringMatching(/^slu_/) });
    const token = String(view['token']);
    expect((await rig.ask('GET', '/api/v1/whoami', { token })).body['subject']).toBe(`worker:${TRACK}`);
    const renewed = await rig.ask('POST', '/auth/renew', { token, body: {} });
    expect(renewed.body).toMatchObject({
      identity: view['identity'],
      token: expect.not.stringContaining(token),
    });
    expect((await whoami({ token: String(renewed.body['token']) })).status).toBe(200);
  });

  it('renews its certificate with the one that it has, and for another key', async () => {
    const first = await joined();
    rig.clock.now += 60_000;
    const pair = keys();
    const renewed = await over('POST', '/auth/renew', first, { publicKey: publicPem(pair) });
    expect(renewed).toMatchObject({ status: 200, body: { identity: first.identity, track: TRACK } });
    const key = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect((await whoami({ cert: String(renewed.body['certificate']), key })).status).toBe(200);
    expect((await whoami(first)).status).toBe(200);
  });

  it('is refused once it was revoked, and cannot renew', async () => {
    const worker = await joined();
    const listed = await rig.ask('GET', '/api/v1/worker-identities', { token: admin });
    expect(listed.body['items']).toMatchObject([{ name: 'far-away', kind: 'certificate', track: TRACK }]);
    const path = `/api/v1/worker-identities/${worker.identity}`;
    expect((await rig.ask('DELETE', path, { token: admin })).status).toBe(200);
    expect((await whoami(worker)).status).toBe(401);
    expect((await over('POST', '/auth/renew', worker, {})).status).toBe(401);
    expect(await actions()).toContain('token:root workerIdentityRevoked');
    const { body } = await rig.ask('POST', '/auth/join', { body: { token: await textOf() } });
    await rig.ask('DELETE', `/api/v1/worker-identities/${String(body['identity'])}`, { token: admin });
    expect((await whoami({ token: String(body['token']) })).status).toBe(401);
  });

  it('is one that joined: nobody else renews', async () => {
    expect((await rig.ask('POST', '/auth/renew', { token: admin, body: {} })).status).toBe(403);
    expect((await over('POST', '/auth/renew', {}, {})).status).toBe(401);
  });

  it('brings a key of P-256 or Ed25519, and no other', async () => {
    const pemOf = (key: { export(options: object): string | Buffer }) =>
      key.export({ type: 'spki', format: 'pem' }).toString();
    const token = await textOf({ uses: 5 });
    const asks = async (publicKey: string) =>
      (await over('POST', '/auth/join', {}, { token, publicKey })).status;
    expect(await asks(pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey))).toBe(422);
    expect(await asks(pemOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey))).toBe(422);
    expect(await asks('no key')).toBe(422);
    expect(await asks(pemOf(generateKeyPairSync('ed25519').publicKey))).toBe(200);
  });
});

describe('a certificate', () => {
  const uris = [`sluice://default/worker/${TRACK}`];

  it('of the authority of the operator says who a worker is', async () => {
    const { certificate: cert, key } = operators.issue({ use: 'client', uris });
    expect(await whoami({ cert, key })).toMatchObject({ body: { subject: `worker:${TRACK}` } });
  });

  it.each([
    ['expired', { uris, until: Date.now() - 1_000 }],
    ['not valid yet', { uris, from: Date.now() + 3_600_000 }],
    ['of a server', { uris, use: 'server' as const }],
    ['of no worker', { uris: ['https://example.org'] }],
    ['of two workers', { uris: [...uris, 'sluice://default/worker/shop/production/other'] }],
    ['of an organisation that is not there', { uris: ['sluice://nobody/worker/a/b/c'] }],
    ['of an odd name', { uris: ['sluice://default/worker/a/b/c/d'] }],
    [
      'of an identity that nobody has',
      { uris: [...uris, `sluice://default/worker-identity/${'0'.repeat(16)}`] },
    ],
  ])('that is %s lets nobody in', async (_what, wish) => {
    const { certificate: cert, key } = operators.issue({ use: 'client', ...wish });
    expect((await whoami({ cert, key })).status).toBe(401);
  });

  it('of another authority lets nobody in, whatever it calls itself', async () => {
    const { certificate: cert, key } = testAuthority('Sluice workers').issue({ use: 'client', uris });
    expect((await whoami({ cert, key })).status).toBe(401);
  });

  it('that a worker has signed lets nobody in', async () => {
    const worker = await joined();
    const pair = keys();
    const { createPrivateKey } = await import('node:crypto');
    const cert = issueCertificate({
      ...{ publicKey: pair.publicKey, name: 'me too', use: 'client', uris },
      issuer: { name: TRACK, key: createPrivateKey(worker.key) },
      ...{ from: Date.now() - 1000, until: Date.now() + 60_000 },
    });
    const key = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect((await whoami({ cert: `${cert}${worker.cert}`, key })).status).toBe(401);
  });

  it('names its organisation, and is nothing to another', async () => {
    const { identity } = await joined();
    const pair = keys();
    const times = { from: Date.now(), until: Date.now() + 60_000 };
    const cert = await authority.issue({ tenant: 'acme', track: TRACK, identity }, pair.publicKey, times);
    const key = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect((await whoami({ cert, key })).status).toBe(401);
  });

  it('is not needed: a token goes before it, and nothing at all is nobody', async () => {
    const worker = await joined();
    expect((await whoami({ ...worker, token: admin })).body['subject']).toBe('token:root');
    expect((await whoami({})).status).toBe(401);
  });
});

describe('the authority', () => {
  it('is the same for every server of the store, and its key is sealed', async () => {
    const again = await openWorkerAuthority(opensWith('secrets.key'));
    expect(again.trusted()).toEqual(authority.trusted());
    expect(await rowsOfTenant(database.db, TENANT)).not.toContain('PRIVATE KEY');
    await writeFile(join(folder, 'other.key'), `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
    const blind = await openWorkerAuthority(opensWith('other.key'));
    expect(blind.trusted()).toEqual(authority.trusted());
    const worker = { tenant: TENANT, track: TRACK, identity: null };
    const times = { from: Date.now(), until: Date.now() + 1000 };
    await expect(blind.issue(worker, keys().publicKey, times)).rejects.toThrow(/is sealed with the key/);
  });

  it('is followed by another while the door is open, and no worker notices', async () => {
    const first = await joined();
    agoMs = 25 * HOUR_MS;
    await authority.look();
    const meanwhile = await joined();
    agoMs = 0;
    const second = await joined();
    const issuers = authority.trusted().map((pem) => new X509Certificate(pem));
    const byWhom = ({ cert }: { readonly cert: string }) =>
      issuers.findIndex(({ publicKey }) => new X509Certificate(cert).verify(publicKey));
    expect([first, meanwhile, second].map(byWhom)).toEqual([0, 0, 1]);
    for (const worker of [first, meanwhile, second]) expect((await whoami(worker)).status).toBe(200);
    const renewed = await over('POST', '/auth/renew', first, { publicKey: publicPem() });
    expect(byWhom({ cert: String(renewed.body['certificate']) })).toBe(1);
    agoMs = -2 * DAY_MS;
    await authority.look();
    expect((await whoami(first)).status).toBe(401);
    expect((await whoami(second)).status).toBe(200);
  });

  it('opens with the newest key of secrets after that was renewed, and goes on when the old one is gone', async () => {
    const path = join(folder, 'secrets.key');
    const file = keyFile(path);
    await rewrapAuthority(database.db, file, await file.renew());
    const [newest = ''] = (await readFile(path, 'utf8')).split('\n');
    await writeFile(path, `${newest}\n`, { mode: 0o600 });
    const worker = { tenant: TENANT, track: TRACK, identity: null };
    const times = { from: Date.now(), until: Date.now() + 1000 };
    expect(await authority.issue(worker, keys().publicKey, times)).toContain('BEGIN CERTIFICATE');
    expect(await rewrapAuthority(database.db, file, await file.newest())).toBe(0);
  });
});
