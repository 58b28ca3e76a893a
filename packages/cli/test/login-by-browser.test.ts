/** `sluice login` as a person lives it: a terminal, a browser, and a real identity provider, all on this machine. */
import { openSignIn } from '@sluice/server/access/open-sign-in.ts';
import { storedIdentities } from '@sluice/server/access/identities.ts';
import { oidcSettingsIn } from '@sluice/server/access/oidc-settings.ts';
import type { SignIn } from '@sluice/server/access/sign-in.ts';
import { AccessRig, roleAt } from '@sluice/server/access/testing/access-rig.ts';
import {
  CLIENT,
  type IdentityProvider,
  identityProvider,
} from '@sluice/server/access/testing/identity-provider.ts';
import { createLog } from '@sluice/server/telemetry/log.ts';
import { withDatabase } from '@sluice/server/store/testing/with-database.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestCli, testCli } from './cli-harness.ts';

const database = withDatabase();
let rig: AccessRig;
let cli: TestCli;
let provider: IdentityProvider;
let root: string;
beforeEach(async () => {
  const { db } = database;
  // The provider has to know where the API listens, and the API where the provider does.
  const late: { signIn?: SignIn } = {};
  const signIn = new Proxy({} as SignIn, { get: (_, name) => late.signIn?.[name as keyof SignIn] });
  rig = AccessRig.open(db, (clock) => {
    clock.now = Date.now();
    return { signIn };
  });
  cli = await testCli(undefined, rig.api);
  provider = await identityProvider(`${cli.url}/auth/callback`, `${cli.url}/`);
  const oidc = oidcSettingsIn({
    SLUICE_OIDC_ISSUER: provider.issuer,
    SLUICE_OIDC_CLIENT_ID: CLIENT.id,
    SLUICE_OIDC_CLIENT_SECRET: CLIENT.secret,
  });
  if (!oidc.ok) throw new Error('the settings are not right');
  const now = () => rig.clock.now;
  const identities = storedIdentities(db, now);
  const log = createLog({ level: 'silent' });
  late.signIn = openSignIn({
    db,
    identities,
    oidc: oidc.value,
    fetchOf: () => fetch,
    log,
    now,
    failed: () => undefined,
  });
  root = await rig.token('root', roleAt('admin'));
});
afterEach(async () => {
  await cli.close();
  await provider.close();
});

/** What a browser does: it follows redirections, keeps cookies, and presses the one button there is. */
class Browser {
  readonly #cookies = new Map<string, string>();
  readonly seen: string[] = [];

  async open(first: string, form?: URLSearchParams): Promise<string> {
    let url = first;
    let body: URLSearchParams | undefined = form;
    for (let step = 0; step < 10; step++) {
      const reply = await fetch(url, {
        ...(body && { method: 'POST', body }),
        redirect: 'manual',
        headers: { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      });
      this.seen.push(
        `${reply.status} ${new URL(url).origin === cli.url ? new URL(url).pathname : 'elsewhere'}`,
      );
      for (const cookie of reply.headers.getSetCookie()) {
        const [pair = ''] = cookie.split(';');
        this.#cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
      }
      const location = reply.headers.get('location');
      if (location === null) return reply.text();
      body = undefined;
      const next = new URL(location, url).href;
      url = next.startsWith(provider.issuer) ? await provider.passThrough(next) : next;
    }
    throw new Error('too many redirections');
  }

  press(page: string): Promise<string> {
    const fields = [...page.matchAll(/name="([^"]+)" value="([^"]*)"/g)];
    return this.open(
      `${cli.url}/auth/cli`,
      new URLSearchParams(fields.map(([, name = '', value = '']): [string, string] => [name, value])),
    );
  }
}

/** Starts `sluice login`, and lets somebody do something with the address that it prints. */
async function login(visit: (address: string) => Promise<void>) {
  let visiting: Promise<void> | undefined;
  const ended = cli.run('login --no-browser', {
    onOutput: (text) => {
      const address = /http:\S+\/auth\/cli\S+/.exec(text)?.[0];
      if (address !== undefined) visiting ??= visit(address);
    },
  });
  const run = await ended;
  await visiting;
  return run;
}

test('a person signs in with the browser, allows it, and the command line is who the person is, until it signs out', async () => {
  const browser = new Browser();
  const run = await login(async (address) => {
    const page = await browser.open(address);
    expect(page).toContain('asks to act as Ada (person:ada@example.com) for 30 days');
    expect(await browser.press(page)).toContain('You can close this page.');
  });
  expect(browser.seen).toEqual([
    '302 /auth/cli',
    '302 /auth/login',
    '303 /auth/callback',
    '200 /auth/cli',
    '303 /auth/cli',
    '200 elsewhere',
  ]);
  expect([run.code, run.stdout]).toEqual([0, `✔ Signed in at ${cli.url} as person:ada@example.com.\n`]);
  expect(run.stderr).toContain('You have no role yet');
  // Roles that come later count at once, and groups with them.
  const bind = await cli.run('members bind group:ops operator', { environment: { SLUICE_TOKEN: root } });
  expect(bind.code).toBe(0);
  expect((await cli.run('whoami')).stdout).toContain('operator everywhere');
  expect((await cli.run('token list')).stdout).toMatch(
    /^login-\w+ +person:ada@example.com +those of the person/m,
  );
  const out = await cli.run('logout');
  expect(out.stdout).toContain('its token is revoked');
  expect((await cli.run('whoami')).code).toBe(2);
  const actions = await database.db.selectFrom('ledger').select(['action', 'actor']).execute();
  expect(
    actions.filter(({ actor }) => actor === 'person:ada@example.com').map(({ action }) => action),
  ).toEqual([...['memberJoined', 'signedIn', 'tokenCreated', 'tokenRevoked']]);
});

test('whoever is removed is out at once, in the browser and at the terminal', async () => {
  const browser = new Browser();
  await login(async (address) => void (await browser.press(await browser.open(address))));
  expect((await cli.run('whoami')).code).toBe(0);
  const remove = await cli.run('members remove ada@example.com', { environment: { SLUICE_TOKEN: root } });
  expect(remove.stdout).toContain('is removed, and signed out everywhere');
  expect(await cli.run('whoami')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('`sluice login`'),
  });
  const page = await browser.open(`${cli.url}/api/v1/session`);
  expect(page).toContain('unknown-credentials');
});

test('what another program brings to the waiting command line is not listened to', async () => {
  const browser = new Browser();
  const run = await login(async (address) => {
    const port = new URL(address).searchParams.get('port');
    for (const query of ['', '?code=mine', '?code=mine&state=guessed'])
      expect((await fetch(`http://127.0.0.1:${port}/${query}`)).status).toBe(404);
    await browser.press(await browser.open(address));
  });
  expect(run.stdout).toContain('person:ada@example.com');
});

test('a page that was not shown to this browser signs nobody in', async () => {
  const ada = new Browser();
  const eve = new Browser();
  await login(async (address) => {
    const page = await ada.open(address);
    // Somebody else's browser sends what stands in the page: it has another session, or none.
    expect(await eve.press(page)).toContain('Not signed in');
    expect(await ada.press(page.replace(/name="proof" value="[^"]*"/, 'name="proof" value="x"'))).toContain(
      'Not signed in',
    );
    await ada.press(page);
  });
  expect((await cli.run('whoami')).stdout).toContain('person:ada@example.com');
});
