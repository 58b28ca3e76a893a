import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../telemetry/log.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { storedIdentities } from './identities.ts';
import { oidcSettingsIn, type OidcSettings } from './oidc-settings.ts';
import { openSignIn } from './open-sign-in.ts';
import { AccessRig, type Answered, roleAt } from './testing/access-rig.ts';
import { CLIENT, type IdentityProvider, identityProvider } from './testing/identity-provider.ts';

const CALLBACK = 'http://localhost/auth/callback';

const database = withDatabase();
let provider: IdentityProvider;
let rig: AccessRig;
beforeEach(async () => {
  provider = await identityProvider(CALLBACK, 'http://localhost/');
  rig = open();
});
afterEach(async () => {
  await rig.close();
  await provider.close();
});

function open(changes: Partial<OidcSettings> = {}): AccessRig {
  const read = oidcSettingsIn({
    SLUICE_OIDC_ISSUER: provider.issuer,
    SLUICE_OIDC_CLIENT_ID: CLIENT.id,
    SLUICE_OIDC_CLIENT_SECRET: CLIENT.secret,
    SLUICE_OIDC_EMAIL_DOMAINS: 'example.com',
  });
  if (!read.ok || read.value === null) throw new Error('the settings are not right');
  const oidc = { ...read.value, ...changes };
  const { db } = database;
  return AccessRig.open(db, (clock) => {
    clock.now = Date.now();
    const now = () => clock.now;
    const log = createLog({ level: 'silent' });
    const identities = storedIdentities(db, now);
    return {
      signIn: openSignIn({ db, identities, oidc, fetchOf: () => fetch, log, now, failed: () => undefined }),
    };
  });
}

const cookiesOf = ({ headers }: Answered): string =>
  [(headers['set-cookie'] ?? []) as string | readonly string[]]
    .flat()
    .map((text) => text.split(';')[0])
    .join('; ');

/** As a browser: to the provider, through it, and back. */
async function logIn(to = '/rollouts/ro-1'): Promise<{ readonly back: Answered; readonly cookie: string }> {
  const begun = await rig.ask('GET', `/auth/login?to=${encodeURIComponent(to)}`);
  expect(begun.status).toBe(302);
  const returned = new URL(await provider.passThrough(String(begun.headers['location'])));
  const back = await rig.ask('GET', `${returned.pathname}${returned.search}`, {
    headers: { cookie: cookiesOf(begun) },
  });
  return { back, cookie: cookiesOf(back) };
}

const session = (cookie: string) => rig.ask('GET', '/api/v1/session', { headers: { cookie } });

describe('a login by an identity provider', () => {
  it('makes a member of somebody who comes for the first time, without any role', async () => {
    const { back, cookie } = await logIn();
    expect([back.status, back.headers['location']]).toEqual([303, '/rollouts/ro-1']);
    expect((await session(cookie)).body).toMatchObject({
      subject: 'person:ada@example.com',
      name: 'Ada',
      groups: ['ops'],
      roles: [],
    });
    const rows = await rig.db.selectFrom('ledger').select(['action', 'actor']).execute();
    expect(rows).toEqual([
      { action: 'memberJoined', actor: 'person:ada@example.com' },
      { action: 'signedIn', actor: 'person:ada@example.com' },
    ]);
    expect((await rig.ask('GET', '/api/v1/members', { headers: { cookie } })).status).toBe(403);
  });

  it('gives the roles of the groups that the provider names, and the role admin to those of one', async () => {
    const admin = await rig.token('root', roleAt('admin'));
    const body = { subject: 'group:ops', role: 'operator' };
    await rig.ask('POST', '/api/v1/role-bindings', { token: admin, body });
    const { cookie } = await logIn();
    expect((await session(cookie)).body).toMatchObject({ roles: [{ role: 'operator' }] });
    await rig.close();
    rig = open({ adminGroup: 'ops' });
    const again = await logIn();
    expect((await session(again.cookie)).body).toMatchObject({
      roles: [{ role: 'admin' }, { role: 'operator' }],
    });
    const members = await rig.ask('GET', '/api/v1/members', { token: admin });
    expect(members.body['items']).toMatchObject([{ email: 'ada@example.com', groups: ['ops'] }]);
  });

  it('is a new session each time, which is over at the provider too when it ends', async () => {
    const [first, second] = [await logIn(), await logIn()];
    expect(first.cookie).not.toBe(second.cookie);
    const { body } = await session(second.cookie);
    const out = await rig.ask('POST', '/auth/logout', {
      headers: { cookie: second.cookie, 'x-csrf-token': String(body['csrf']) },
    });
    expect(String(out.body['url'])).toMatch(new RegExp(`^${provider.issuer}/session/end\\?`));
    expect((await session(second.cookie)).status).toBe(401);
    expect((await session(first.cookie)).status).toBe(200);
  });

  it('leads nowhere else', async () => {
    for (const to of ['//evil.example', 'https://evil.example/', '/\\evil.example', '/\t/evil.example', ''])
      expect((await logIn(to)).back.headers['location']).toBe('/');
  });

  it('is not taken from a browser that did not begin it, nor twice', async () => {
    const begun = await rig.ask('GET', '/auth/login');
    const returned = new URL(await provider.passThrough(String(begun.headers['location'])));
    const path = `${returned.pathname}${returned.search}`;
    expect((await rig.ask('GET', path)).status).toBe(400);
    const other = await rig.ask('GET', '/auth/login');
    const crossed = await rig.ask('GET', path, { headers: { cookie: cookiesOf(other) } });
    expect([crossed.status, cookiesOf(crossed)]).toEqual([401, 'sluice_login=']);
    const cookie = cookiesOf(begun);
    expect((await rig.ask('GET', path, { headers: { cookie } })).status).toBe(303);
    expect((await rig.ask('GET', path, { headers: { cookie } })).status).toBe(401);
  });

  it('is refused for an address that is not verified, of another domain, or that was somebody else’s', async () => {
    const { person } = provider;
    await logIn();
    provider.person = { ...person, sub: 'ada-2' };
    expect((await logIn()).back.status).toBe(403);
    provider.person = { ...person, sub: 'eve', email: 'eve@example.com', email_verified: false };
    expect((await logIn()).back.status).toBe(403);
    provider.person = { ...person, sub: 'eve', email: 'eve@evil.example' };
    const { back, cookie } = await logIn();
    expect(back.status).toBe(403);
    expect(cookie).not.toContain('sluice_session');
  });

  it('is nobody else’s whose address merely looks or becomes like another', async () => {
    const { person } = provider;
    provider.person = { ...person, sub: 'kim-1', email: 'kim@example.com' };
    await logIn();
    // The sign for kelvin, which is a k in small letters.
    provider.person = { ...person, sub: 'mallory-1', email: '\u212Aim@example.com' };
    expect((await session((await logIn()).cookie)).body).toMatchObject({
      subject: 'person:\u212Aim@example.com',
    });
    provider.person = { ...person, sub: 'mallory-2', email: 'kim\u200b@example.com' };
    expect((await logIn()).back.status).toBe(403);
  });

  it('is refused when an answer comes from another issuer, or with an error', async () => {
    const begun = await rig.ask('GET', '/auth/login');
    const state = new URL(String(begun.headers['location'])).searchParams.get('state');
    const headers = { cookie: cookiesOf(begun) };
    const answer = (query: object) =>
      rig.ask('GET', `/auth/callback?${new URLSearchParams({ state: String(state), ...query }).toString()}`, {
        headers,
      });
    expect((await answer({ code: 'x', iss: 'https://evil.example' })).status).toBe(401);
    expect((await answer({ error: '<script>', iss: provider.issuer })).status).toBe(401);
    expect((await answer({ code: 'made up', iss: provider.issuer })).status).toBe(401);
  });

  it('fails with a page that says so while the provider is down', async () => {
    await provider.close();
    const failed = await rig.ask('GET', '/auth/login');
    expect(failed.status).toBe(401);
    expect(String(failed.headers['content-type'])).toContain('text/html');
    expect(String(failed.headers['content-security-policy'])).toContain("default-src 'none'");
  });
});

describe('the settings of an identity provider', () => {
  const settings = (changes: Record<string, string>) =>
    oidcSettingsIn({ SLUICE_OIDC_ISSUER: 'https://id.example', SLUICE_OIDC_CLIENT_ID: 'sluice', ...changes });

  it('are complete, or the server does not start', () => {
    expect(oidcSettingsIn({})).toEqual({ ok: true, value: null });
    expect(settings({})).toMatchObject({ ok: true, value: { groupsClaim: 'groups', clientSecret: null } });
    expect(settings({ SLUICE_OIDC_CLIENT_ID: '' })).toMatchObject({ ok: false });
    expect(settings({ SLUICE_OIDC_ISSUER: 'http://id.example' })).toMatchObject({ ok: false });
    expect(settings({ SLUICE_OIDC_ISSUER: 'https://a:b@id.example' })).toMatchObject({ ok: false });
    expect(settings({ SLUICE_OIDC_CLIENT_SECRET_FILE: '/nowhere' })).toMatchObject({ ok: false });
  });
});
