import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testApi } from '../api/testing/test-api.ts';
import type { Database } from '../store/database/open-database.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { noteMember } from '../store/access/members.ts';
import { TENANT } from '../store/testing/track-fixtures.ts';
import { storedFailedLogins, waitAfter } from './failed-logins.ts';
import { addSession } from '../store/access/sessions.ts';
import { mintSession } from './session-cookie.ts';
import { storedIdentities } from './identities.ts';
import { storedSignIn } from './stored-sign-in.ts';
import { storedGuard } from './stored-guard.ts';
import { AccessRig, roleAt } from './testing/access-rig.ts';

const HOUR_MS = 3_600_000;

const database = withDatabase();
let rig: AccessRig;
let failures: string[];
let admin: string;
beforeEach(async () => {
  failures = [];
  const { db } = database;
  rig = AccessRig.open(db, (clock) => ({ signIn: partsOf(db, () => clock.now).signIn }));
  admin = await rig.token('root', roleAt('admin'));
});
afterEach(() => rig.close());

function partsOf(db: Database, now: () => number) {
  const identities = storedIdentities(db, now);
  const counted = (how: string) => void failures.push(how);
  const signIn = storedSignIn({
    ...{ db, identities, now, oidc: null, failures: storedFailedLogins(db, now, counted) },
    assertions: { issuerOf: () => null, verify: () => Promise.reject(new Error('nobody is trusted')) },
  });
  return { identities, signIn };
}

const login = (token: string) => rig.ask('POST', '/auth/token', { body: { token } });

interface Browser {
  readonly cookie: string;
  readonly csrf: string;
}

async function signIn(token = admin): Promise<Browser> {
  const { status, headers, body } = await login(token);
  expect(status).toBe(200);
  const cookies = headers['set-cookie'] as readonly string[];
  return { cookie: cookies.map((text) => text.split(';')[0]).join('; '), csrf: String(body['csrf']) };
}

const as = (
  { cookie, csrf }: Browser,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  body?: object,
) => rig.ask(method, url, { headers: { cookie, 'x-csrf-token': csrf }, body });

describe('a session', () => {
  it('is opened with a token, and is who the token is', async () => {
    const browser = await signIn();
    expect((await as(browser, 'GET', '/api/v1/session')).body).toMatchObject({
      subject: 'token:root',
      csrf: browser.csrf,
      sessionEndsAt: rig.clock.now + 7 * 24 * HOUR_MS,
    });
    const { headers } = await login(admin);
    const [session, proof] = headers['set-cookie'] as readonly string[];
    expect(session).toMatch(
      /^sluice_session=[0-9a-f]{32}\.[\w-]{43}; HttpOnly; SameSite=Lax; Path=\/; Max-Age=604800$/,
    );
    expect(proof).toMatch(/^sluice_csrf=[\w-]{43}; SameSite=Strict; Path=\/; Max-Age=604800$/);
  });

  it('is known over TLS by the cookie alone that no other host can set', async () => {
    const { cookie } = await signIn();
    const [, text = ''] = /^sluice_session=([^;]+)/.exec(cookie) ?? [];
    const over = async (publicUrl: string, name: string) => {
      const { identities, signIn: opened } = partsOf(database.db, () => rig.clock.now);
      const { app } = testApi({
        access: storedGuard({ db: database.db, identities, anonymous: [] }),
        ...{ signIn: opened, publicUrl },
      });
      const headers = { host: new URL(publicUrl).host, cookie: `${name}=${text}` };
      const { statusCode } = await app.inject({ url: '/api/v1/session', headers });
      await app.close();
      return statusCode;
    };
    expect(await over('https://sluice.example', 'sluice_session')).toBe(401);
    expect(await over('https://sluice.example', '__Host-sluice_session')).toBe(200);
    expect(await over('http://localhost', 'sluice_session')).toBe(200);
  });

  it('changes nothing for whoever cannot show what belongs to it', async () => {
    const browser = await signIn();
    const other = await signIn();
    for (const csrf of ['', other.csrf, browser.csrf.slice(1), `${browser.csrf}x`])
      expect((await as({ ...browser, csrf }, 'PUT', '/api/v1/projects/shop')).body).toMatchObject({
        status: 403,
        code: 'csrf-token-missing',
      });
    const forged = await rig.ask('PUT', '/api/v1/projects/shop', {
      headers: { cookie: browser.cookie, 'x-csrf-token': browser.csrf, origin: 'https://evil.example' },
    });
    expect(forged.body).toMatchObject({ code: 'cross-site-request' });
    expect((await as(browser, 'PUT', '/api/v1/projects/shop')).status).toBe(200);
    expect((await as({ ...browser, csrf: '' }, 'GET', '/api/v1/projects')).status).toBe(200);
  });

  it('ends when nobody uses it for twelve hours, and after seven days however it is used', async () => {
    const browser = await signIn();
    rig.clock.now += 12 * HOUR_MS - 1;
    expect((await as(browser, 'GET', '/api/v1/session')).status).toBe(200);
    rig.clock.now += 12 * HOUR_MS;
    expect((await as(browser, 'GET', '/api/v1/session')).status).toBe(401);
    const busy = await signIn();
    for (let hours = 0; hours < 7 * 24 - 8; hours += 8) {
      rig.clock.now += 8 * HOUR_MS;
      expect((await as(busy, 'GET', '/api/v1/session')).status).toBe(200);
    }
    rig.clock.now += 8 * HOUR_MS;
    expect((await as(busy, 'GET', '/api/v1/session')).body).toMatchObject({ code: 'unknown-credentials' });
  });

  it('ends with the token that it was opened with, and when its owner says so', async () => {
    const duty = await rig.token('duty', roleAt('viewer'));
    const browser = await signIn(duty);
    await rig.ask('DELETE', '/api/v1/tokens/duty', { token: admin });
    expect((await as(browser, 'GET', '/api/v1/session')).status).toBe(401);
    const [here, there] = [await signIn(), await signIn()];
    const out = await as(here, 'POST', '/auth/logout');
    expect(out.body).toEqual({ url: null, sessions: 1 });
    expect(String(out.headers['set-cookie'])).toContain('sluice_session=; ');
    expect((await as(here, 'GET', '/api/v1/session')).status).toBe(401);
    expect((await as(there, 'GET', '/api/v1/session')).status).toBe(200);
    expect((await rig.ask('POST', '/auth/logout-everywhere', { token: admin })).body).toMatchObject({
      sessions: 1,
    });
    expect((await as(there, 'GET', '/api/v1/session')).status).toBe(401);
  });

  it('is not let in by half of one, or by one that was made up', async () => {
    const { cookie } = await signIn();
    const made = `sluice_session=${'0'.repeat(32)}.${'A'.repeat(43)}`;
    for (const wrong of [cookie.replace(/\.[\w-]{5}/, '.AAAAA'), made, 'sluice_session=', 'sluice_session=x'])
      expect((await rig.ask('GET', '/api/v1/whoami', { headers: { cookie: wrong } })).status).toBe(401);
  });
});

describe('whoever guesses', () => {
  it('waits longer and longer, whichever address they come from, and what they guess waits too', async () => {
    const wrong = `${admin.slice(0, 21)}${'A'.repeat(43)}`;
    for (let tried = 0; tried < 5; tried += 1)
      expect((await login(wrong)).body).toMatchObject({ code: 'unknown-credentials' });
    const waiting = await login(admin);
    expect(waiting.body).toMatchObject({ status: 429, code: 'too-many-failures' });
    expect(waiting.headers['retry-after']).toBe('1');
    rig.clock.now += 1_000;
    await login(wrong);
    rig.clock.now += 1_000;
    expect((await login(admin)).headers['retry-after']).toBe('1');
    rig.clock.now += 1_000;
    expect((await login(admin)).status).toBe(200);
    expect(failures).toHaveLength(6);
    const ledger = await rig.db.selectFrom('ledger').select(['action', 'subject']).execute();
    expect(ledger.filter(({ action }) => action === 'loginsFailed')).toEqual([
      { action: 'loginsFailed', subject: `account:token ${admin.slice(4, 20)}` },
    ]);
  });

  it('waits for their address as well, unless it is one that others share', async () => {
    const failuresOf = async (from: string, times: number) => {
      for (let tried = 0; tried < times; tried += 1)
        await rig.signIn().withToken(`slu_${String(tried).padStart(16, '0')}_${'A'.repeat(43)}`, from);
      return rig.signIn().withToken(admin, from);
    };
    expect(await failuresOf('198.51.100.7', 25)).toMatchObject({ refusal: { code: 'too-many-failures' } });
    expect(await failuresOf('127.0.0.1', 30)).toMatchObject({ ok: true });
    expect(await failuresOf('::1', 30)).toMatchObject({ ok: true });
  });

  it('waits at most a quarter of an hour, and not for what others may mistype', () => {
    expect([4, 5, 6, 10, 30].map((count) => waitAfter(count, 5))).toEqual([0, 1_000, 2_000, 32_000, 900_000]);
    expect(waitAfter(1e9, 5)).toBe(900_000);
  });
});

describe('a command line', () => {
  const challengeOf = async (verifier: string): Promise<string> => {
    const digest = await crypto.subtle.digest('SHA-256', Buffer.from(verifier));
    return Buffer.from(digest).toString('base64url');
  };
  const verifier = 'v'.repeat(43);
  /** A session of a person, as the identity provider begins one. */
  const begun = async (subject: string, tokenId: string | null = null): Promise<string> => {
    const { id, text, digest } = mintSession();
    const at = rig.clock.now;
    const entry = { at, actor: subject, action: 'signedIn', subject, detail: {} };
    const session = { id, digest, subject, tokenId, idToken: null, expiresAt: at + HOUR_MS };
    await addSession(rig.db, TENANT, session, entry);
    return text;
  };
  const redeem = (code: string, shown = verifier) =>
    rig.ask('POST', '/auth/cli/token', { body: { code, verifier: shown } });

  it('is signed in by a person, once for each code, and is who the person is then', async () => {
    const person = {
      ...{ subject: 'person:ada@example.com', name: 'Ada', email: 'ada@example.com', groups: ['ops'] },
      ...{ issuer: 'https://id.example', issuerSubject: '1' },
    };
    await noteMember(rig.db, TENANT, person, rig.clock.now);
    const caller = { tenant: TENANT, subject: person.subject, name: 'Ada', groups: [], grants: [] };
    const session = await begun(person.subject);
    const code = await rig.signIn().codeFor(caller, { session, challenge: await challengeOf(verifier) });
    if (!code.ok) throw new Error(code.refusal.detail);
    const made = await redeem(code.value);
    const token = String(made.body['token']);
    expect((await rig.ask('GET', '/api/v1/whoami', { token })).body).toMatchObject({
      subject: person.subject,
      groups: ['ops'],
      roles: [],
    });
    expect((await redeem(code.value)).status).toBe(401);
    const body = { subject: 'group:ops', role: 'viewer' };
    await rig.ask('POST', '/api/v1/role-bindings', { token: admin, body });
    expect((await rig.ask('GET', '/api/v1/whoami', { token })).body).toMatchObject({
      roles: [{ role: 'viewer' }],
    });
    await rig.ask('DELETE', `/api/v1/members/${encodeURIComponent(person.subject)}`, { token: admin });
    expect((await rig.ask('GET', '/api/v1/whoami', { token })).status).toBe(401);
  });

  it('is not signed in for longer by what signed another one in', async () => {
    const caller = { tenant: TENANT, subject: 'person:ada', name: 'Ada', groups: [], grants: [] };
    const session = await begun(caller.subject, 'a-personal-token');
    for (const shown of [session, 'none'])
      expect(await rig.signIn().codeFor(caller, { session: shown, challenge: 'c' })).toMatchObject({
        refusal: { status: 403, code: 'not-by-token' },
      });
  });

  it('is not signed in by a code without what belongs to it, nor by an old one', async () => {
    const caller = { tenant: TENANT, subject: 'person:ada', name: 'Ada', groups: [], grants: [] };
    const make = async (): Promise<string> => {
      const session = await begun(caller.subject);
      const code = await rig.signIn().codeFor(caller, { session, challenge: await challengeOf(verifier) });
      return code.ok ? code.value : '';
    };
    const stolen = await make();
    expect((await redeem(stolen, 'w'.repeat(43))).status).toBe(401);
    expect((await redeem(stolen)).status).toBe(401);
    const old = await make();
    rig.clock.now += 60_000;
    expect((await redeem(old)).status).toBe(401);
    expect(
      await rig.signIn().codeFor({ ...caller, subject: 'token:ci' }, { session: '', challenge: 'c' }),
    ).toMatchObject({
      refusal: { code: 'not-a-person' },
    });
  });
});
