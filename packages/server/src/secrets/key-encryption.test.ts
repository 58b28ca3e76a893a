import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chosenKeys } from './chosen-keys.ts';
import { startTransitServer, type TransitServer } from './vault/transit-server.ts';

let directory: string;
let vault: TransitServer;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-keys-'));
  vault = await startTransitServer();
});
afterEach(async () => {
  await vault.close();
  await rm(directory, { recursive: true, force: true });
});

const TRANSIT = { SLUICE_SECRETS_VAULT_KEY: 'transit/sluice' };
const keysWith = (environment: Readonly<Record<string, string>>) =>
  chosenKeys({ ...vault.environment, ...environment }, { directory, fetch: globalThis.fetch });
const dataKey = randomBytes(32);
const failureOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 'none',
    (thrown: unknown) => thrown,
  );

describe.each([
  ['a file', {}],
  ['Vault Transit', TRANSIT],
])('keys for keys in %s', (_, environment) => {
  it('open what they wrapped, at the place that it is bound to alone', async () => {
    const keys = keysWith(environment);
    const wrapped = await keys.wrap(dataKey, 'acme/shop-db/1');
    expect(wrapped.keyId).toBe(await keys.newest());
    expect(Buffer.from(await keys.unwrap(wrapped, 'acme/shop-db/1'))).toEqual(dataKey);
    expect(await failureOf(keys.unwrap(wrapped, 'acme/shop-db/2'))).toMatchObject({ code: 'invalid-input' });
    const altered = { ...wrapped, wrapped: `${wrapped.wrapped.slice(0, -6)}AAAA==` };
    expect(await failureOf(keys.unwrap(altered, 'acme/shop-db/1'))).toMatchObject({ code: 'invalid-input' });
    expect(wrapped.wrapped).not.toContain(dataKey.toString('base64').slice(0, 8));
  });

  it('open what earlier keys wrapped, after a new one was made, which wraps from then on', async () => {
    const keys = keysWith(environment);
    const before = await keys.wrap(dataKey, 'here');
    const renewed = await keys.renew();
    const after = await keys.wrap(dataKey, 'here');
    expect([after.keyId, await keys.newest()]).toEqual([renewed, renewed]);
    expect(before.keyId).not.toBe(renewed);
    expect(Buffer.from(await keys.unwrap(before, 'here'))).toEqual(dataKey);
  });
});

it('what a file wrapped opens after Vault was chosen, and the other way round', async () => {
  const byFile = await keysWith({}).wrap(dataKey, 'here');
  const byVault = await keysWith(TRANSIT).wrap(dataKey, 'here');
  expect(Buffer.from(await keysWith(TRANSIT).unwrap(byFile, 'here'))).toEqual(dataKey);
  expect(Buffer.from(await keysWith({}).unwrap(byVault, 'here'))).toEqual(dataKey);
});

describe('Vault', () => {
  it.each([
    [{ SLUICE_SECRETS_VAULT_KEY: 'transit/other' }, 'invalid-input', 'has no key other in transit'],
    [{ ...TRANSIT, VAULT_TOKEN: 'wrong' }, 'unsupported', 'lacks `update` on it'],
    [{ ...TRANSIT, VAULT_ADDR: '' }, 'unsupported', 'knows no Vault'],
    [{ ...TRANSIT, VAULT_ADDR: 'http://127.0.0.1:1' }, 'unreachable', 'does not answer'],
  ])('with %o says what is wrong', async (environment, code, words) => {
    const failure = await failureOf(keysWith(environment).wrap(dataKey, 'here'));
    expect(failure).toMatchObject({
      code: expect.stringMatching(code),
      message: expect.stringContaining(words),
    });
  });

  it('that is sealed is a moment’s trouble', async () => {
    vault.seal();
    expect(await failureOf(keysWith(TRANSIT).wrap(dataKey, 'here'))).toMatchObject({ code: 'unreachable' });
  });

  it.each(['sluice', 'transit/', '../sys', 'a/b/c', 'transit/sl uice'])('has no key %s', (text) => {
    expect(() => keysWith({ SLUICE_SECRETS_VAULT_KEY: text })).toThrow(
      'is no key of Vault; write where Transit',
    );
  });

  it('is not led elsewhere by what stands in the database', async () => {
    for (const keyId of ['vault:../sys:v1', 'vault:transit/../sys:v1', 'vault:'])
      expect(
        await failureOf(keysWith(TRANSIT).unwrap({ keyId, wrapped: 'vault:v1:x' }, 'here')),
      ).toMatchObject({
        code: 'not-found',
      });
  });
});
