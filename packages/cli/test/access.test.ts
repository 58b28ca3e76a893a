import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { storedOrganisations } from '@sluice/server/access/organisations.ts';
import { storedIdentities } from '@sluice/server/access/identities.ts';
import { AccessRig, roleAt } from '@sluice/server/access/testing/access-rig.ts';
import { withDatabase } from '@sluice/server/store/testing/with-database.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Run, type RunOptions, type TestCli, testCli } from './cli-harness.ts';

const database = withDatabase();
let rig: AccessRig;
let cli: TestCli;
let root: string;
beforeEach(async () => {
  const { db } = database;
  rig = AccessRig.open(db, (clock) => ({
    organisations: storedOrganisations(db, { isWalled: true, now: () => clock.now }),
  }));
  cli = await testCli(undefined, rig.api);
  root = await rig.token('root', roleAt('admin'));
});
afterEach(() => cli.close());

const as = (token: string): RunOptions => ({ environment: { SLUICE_TOKEN: token } });
const run = (args: string, token = root): Promise<Run> => cli.run(args, as(token));
/** What a run printed, which must have gone well. */
const done = async (args: string, token = root): Promise<string> => {
  const { code, stdout, stderr } = await run(args, token);
  expect([code, stderr], args).toEqual([0, '']);
  return stdout;
};
const refusedWith = async (args: string, token = root) => {
  const { code, stdout, stderr } = await run(args, token);
  expect(stdout, args).toBe('');
  return { code, stderr };
};
const json = async (args: string, token = root) => (await cli.json(args, as(token))).document;
/** The token that `token create` has printed, alone on its line. */
const created = async (args: string, token = root): Promise<string> =>
  (await done(`token create ${args}`, token)).split('\n')[0] ?? '';

describe('sluice whoami and can-i', () => {
  test('say who asks, with which roles, and by which of them something is allowed', async () => {
    const dan = await created('dan --role developer@shop/staging --role viewer');
    expect(await done('whoami', dan)).toBe(
      'token:dan (dan), of the organisation default\n  developer in shop, staging\n  viewer everywhere\n',
    );
    expect(await json('whoami', dan)).toMatchObject({
      subject: 'token:dan',
      roles: [{ role: 'developer' }, {}],
    });
    expect(await done('can-i delivery:release --project shop --env staging', dan)).toBe(
      '✔ yes: delivery:release, by the role developer\n',
    );
    const no = await run('can-i delivery:release --project shop --env production', dan);
    expect([no.code, no.stdout]).toEqual([
      6,
      '✘ no: token:dan has no role with delivery:release in the environment production of the project shop\n',
    ]);
    expect((await run('can-i delivery:release', dan)).stdout).toContain('for the whole organisation');
    expect(await cli.json('can-i delivery:read', as(dan))).toMatchObject({
      code: 0,
      document: { decisions: [{ allowed: true, role: 'viewer' }] },
    });
  });

  test('refuse a permission that is none, and name those that there are', async () => {
    const { code, stderr } = await refusedWith('can-i delivery:fly');
    expect([code, stderr]).toEqual([2, expect.stringContaining('delivery:break-glass')]);
  });

  test('tell whoever shows nothing, or what is nobody’s, to sign in', async () => {
    expect(await cli.run('whoami')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('`sluice login`'),
    });
    const unknown = await refusedWith('whoami', `slu_${'0'.repeat(16)}_${'A'.repeat(43)}`);
    expect(unknown.stderr).toContain('unknown, has expired or was revoked');
  });
});

describe('sluice token', () => {
  test('makes one that is shown once, lets in until it expires or is revoked, and is listed without what lets in', async () => {
    const ci = await created('ci --role developer@shop --expires 30d');
    expect(ci).toMatch(/^slu_[0-9a-f]{16}_[\w-]{43}$/);
    expect(await done('token list')).toMatch(/^ci +token:ci +developer in shop +\S.*token:root$/m);
    expect(JSON.stringify(await json('token list'))).not.toContain(ci.slice('slu_0123456789abcdef_'.length));
    expect((await run('token list', ci)).stdout).not.toContain('root');
    expect(await done('token revoke ci')).toBe('✔ The token ci lets nobody in any more.\n');
    expect((await refusedWith('whoami', ci)).code).toBe(2);
    expect(await refusedWith('token revoke ci')).toMatchObject({ code: 6 });
    const short = await created('short --role viewer --expires 1d');
    rig.clock.now += 25 * 3_600_000;
    expect((await refusedWith('whoami', short)).stderr).toContain('expired');
  });

  test('never expires only for those who administer, and says what that means', async () => {
    expect(await done('token create forever --role viewer --expires never')).toContain('never expires');
    const dan = await created('dan --role developer');
    expect((await refusedWith('token create mine --role developer --expires never', dan)).stderr).toContain(
      '--expires 90d',
    );
  });

  test.each([
    ['token create x', 2, '--role developer'],
    ['token create x --role captain', 2, 'There is no role captain'],
    ['token create x --role viewer --expires soon', 2, '1d to 366d'],
    ['token create x --role viewer --expires 367d', 2, '1d to 366d'],
    ['token create x --role developer@', 2, 'project'],
    ['token create "a b" --role viewer', 2, 'name'],
    ['token create ../../etc --role viewer', 2, 'name'],
    [`token create ${'x'.repeat(300)} --role viewer`, 2, 'name'],
    ['token create root --role viewer', 6, 'There is a token root already'],
    ['token revoke nobody', 6, '`sluice token list`'],
  ])('is refused with what to do: %s', async (args, code, words) => {
    expect(await refusedWith(args)).toEqual({ code, stderr: expect.stringContaining(words) });
  });

  test('gives nobody more than its maker has, and others’ are not revoked', async () => {
    const dan = await created('dan --role developer@shop');
    for (const role of ['admin', 'developer', 'developer@bank', 'operator@shop'])
      expect(await refusedWith(`token create more --role ${role}`, dan)).toEqual({
        code: 2,
        stderr: expect.stringContaining('nobody gives more than they have'),
      });
    expect((await refusedWith('token revoke root', dan)).stderr).toContain('not yours');
  });
});

describe('sluice roles and members', () => {
  test('a role is made, given, used, and removed when nobody has it', async () => {
    expect(await done('roles list')).toMatch(/^viewer\n {2}delivery:read /);
    expect(await done('roles put on-call delivery:read delivery:steer')).toBe(
      'on-call (your own)\n  delivery:read delivery:steer\n',
    );
    expect(await done('members bind ada@example.com on-call --project shop')).toBe(
      '✔ person:ada@example.com has the role on-call in shop.\n',
    );
    expect(await done('members bindings')).toMatch(/^person:ada@example.com +on-call in shop +token:root/m);
    const inUse = await refusedWith('roles remove on-call');
    expect(inUse).toEqual({ code: 6, stderr: expect.stringContaining('person:ada@example.com') });
    expect((await refusedWith('members unbind ada@example.com on-call')).code).toBe(6);
    expect(await done('members unbind ada@example.com on-call@shop')).toContain('no longer');
    expect(await done('roles remove on-call')).toContain('is removed');
  });

  test.each([
    ['roles put on-call delivery:fly', 2, 'Take some of delivery:read'],
    ['roles put admin delivery:read', 2, 'comes with Sluice'],
    ['roles put "on call" delivery:read', 2, 'name'],
    ['roles remove nothing', 2, 'There is no role nothing'],
    ['members bind ada@example.com captain', 2, 'There is no role captain'],
    ['members bind "person:" viewer', 2, 'subject'],
    ['members bind token:ci viewer', 2, 'subject'],
    ['members bind "person:a\u0007b@example.com" viewer', 2, 'subject'],
    ['members remove ada@example.com', 6, 'person:ada@example.com'],
  ])('what makes no sense is refused: %s', async (args, code, words) => {
    expect(await refusedWith(args)).toEqual({ code, stderr: expect.stringContaining(words) });
  });

  test('the control plane itself names the permissions that there are', async () => {
    const { status, body } = await rig.ask('PUT', '/api/v1/roles/on-call', {
      ...{ token: root, body: { permissions: ['delivery:fly'] } },
    });
    expect([status, body['code'], body['remedy']]).toEqual([
      422,
      'unknown-permission',
      expect.stringContaining('delivery:break-glass'),
    ]);
  });

  test('members are for those who administer', async () => {
    const dan = await created('dan --role developer');
    for (const args of ['members list', 'members bind eve@example.com viewer', 'roles put x delivery:read'])
      expect((await refusedWith(args, dan)).stderr, args).toContain('token:dan has no role with access:');
    expect(await json('members list')).toEqual({ items: [] });
  });
});

describe('sluice projects, trust and organisations', () => {
  test('a project is made, filled, emptied and removed', async () => {
    expect(await done('projects add shop')).toBe('✔ The project shop is there.\n');
    expect(await done('projects move storefront shop')).toContain('storefront is in the project shop');
    expect(await done('projects list')).toMatch(/^shop +storefront$/m);
    expect(await refusedWith('projects remove shop')).toEqual({
      code: 6,
      stderr: expect.stringContaining('holds storefront'),
    });
    await done('projects move storefront default');
    await done('projects remove shop');
    expect((await refusedWith('projects move storefront shop')).code).toBe(6);
    expect((await refusedWith('projects remove default')).stderr).toContain('always there');
    expect((await refusedWith('projects add "no such name"')).code).toBe(2);
  });

  test('jobs of CI are trusted by what their tokens say, and by nothing less', async () => {
    const github = '--issuer https://token.actions.githubusercontent.com --audience sluice';
    expect(await done(`trust add ci ${github} --claim repository=acme/shop --role developer@shop`)).toMatch(
      /^ci +https.*repository=acme\/shop +developer in shop/m,
    );
    expect(await json('trust list')).toMatchObject({
      items: [{ name: 'ci', claims: { repository: 'acme/shop' } }],
    });
    for (const [args, words] of [
      [`trust add x ${github} --role viewer`, 'at least one claim'],
      [`trust add x ${github} --claim repository --role viewer`, 'at least one claim'],
      [`trust add x ${github} --claim repository=a`, '--role'],
      ['trust add x --issuer http://ci.example --audience s --claim a=b --role viewer', 'https'],
    ] as const)
      expect(await refusedWith(args)).toEqual({ code: 2, stderr: expect.stringContaining(words) });
    expect(await done('trust remove ci')).toContain('let in no more');
    expect((await refusedWith('trust remove ci')).code).toBe(6);
  });

  test('an organisation is made with a token that lets into it', async () => {
    const made = await done('organisations add acme --name "Acme Ltd"');
    expect(made).toMatch(/slu_[0-9a-f]{16}_[\w-]{43}/);
    expect(await done('organisations list')).toMatch(/^acme +Acme Ltd/m);
    expect((await refusedWith('organisations add acme')).code).toBe(6);
    expect((await refusedWith('organisations add "../x"')).code).toBe(2);
    const token = /slu_\S+/.exec(made)?.[0] ?? '';
    const caller = await storedIdentities(database.db, () => rig.clock.now).ofToken(token);
    expect(caller).toMatchObject({ tenant: 'acme', grants: [{ role: 'admin' }] });
  });
});

describe('sluice login and logout', () => {
  test('keep a token for this user alone and for this address, and forget it', async () => {
    const ci = await created('ci --role viewer');
    const signedIn = await cli.run('login --token', { input: `${ci}\n` });
    expect([signedIn.code, signedIn.stdout]).toEqual([0, `✔ Signed in at ${cli.url} as token:ci.\n`]);
    const path = join(cli.folder, 'config', 'sluice', 'credentials.json');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ [cli.url]: { token: ci } });
    expect((await cli.run('whoami')).stdout).toContain('token:ci');
    // What a script was given for one run goes before what is kept.
    expect((await run('whoami')).stdout).toContain('token:root');
    expect((await cli.run('logout')).stdout).toContain('was not revoked');
    expect((await cli.run('whoami')).code).toBe(2);
    expect((await run('whoami', ci)).code).toBe(0);
    expect(await cli.run('logout')).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('not signed in'),
    });
  });

  test('keep nothing that is no token, or nobody’s', async () => {
    for (const [input, words] of [
      ['', 'no token of Sluice'],
      ['hunter2', 'no token of Sluice'],
      [`slu_${'0'.repeat(16)}_${'A'.repeat(43)}`, 'unknown, has expired or was revoked'],
    ] as const) {
      const { code, stderr } = await cli.run('login --token', { input });
      expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
      if (input !== '') expect(stderr).not.toContain(input);
    }
    await expect(stat(join(cli.folder, 'config'))).rejects.toThrow('ENOENT');
  });
});

test('nothing is changed while DRY_RUN is set', async () => {
  const { db } = database;
  const before = await db.selectFrom('ledger').select(['sequence']).execute();
  for (const args of [
    'token create x --role viewer',
    'token revoke root',
    'roles put on-call delivery:read',
    'roles remove on-call',
    'members bind eve@example.com admin',
    'members unbind eve@example.com admin',
    'members remove eve@example.com',
    'projects add shop',
    'projects move storefront shop',
    'projects remove shop',
    'trust add x --issuer https://ci.example --audience s --claim a=b --role viewer',
    'trust remove x',
    'organisations add acme',
  ]) {
    const options = { environment: { SLUICE_TOKEN: root, DRY_RUN: '1' } };
    expect((await cli.run(args, options)).code, args).toBe(0);
  }
  expect(await db.selectFrom('ledger').select(['sequence']).execute()).toEqual(before);
});
