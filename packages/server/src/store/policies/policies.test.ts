import { describe, expect, it } from 'vitest';
import { storedLedger } from '../../ledger/stored-ledger.ts';
import { NOON, TENANT } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { changePolicies, listPolicies, listPolicyVersions } from './policies.ts';

const database = withDatabase();
const entry = { at: NOON, actor: 'ada', action: 'policyChanged', subject: 'p', detail: {} };
const write = (name: string, document: unknown, tenant = TENANT) =>
  changePolicies(database.db, tenant, [name], () => [
    { change: { name, document, by: 'ada', at: NOON }, entry },
  ]);

describe('policies', () => {
  it('keep every version, of which the newest is in force', async () => {
    await write('b', { n: 1 });
    await write('b', { n: 2 });
    await write('a', { n: 1 });
    const rows = await listPolicies(database.db, TENANT, { limit: 9 });
    expect(rows.map(({ name, version }) => `${name}@${version}`)).toEqual(['a@1', 'b@2']);
    expect(await listPolicies(database.db, TENANT, { after: 'a', limit: 9 })).toMatchObject([{ name: 'b' }]);
    const versions = await listPolicyVersions(database.db, TENANT, 'b', 9);
    expect(versions.map(({ document }) => document)).toEqual([{ n: 2 }, { n: 1 }]);
  });

  it('are gone when the newest version is empty, and come back as a further one', async () => {
    await write('a', { n: 1 });
    await write('a', null);
    expect(await listPolicies(database.db, TENANT, { limit: 9 })).toEqual([]);
    await write('a', { n: 3 });
    expect(await listPolicies(database.db, TENANT, { limit: 9 })).toMatchObject([{ version: 3 }]);
  });

  it('of one tenant are nothing to another', async () => {
    await write('a', { n: 1 });
    expect(await listPolicies(database.db, 'other', { limit: 9 })).toEqual([]);
    await write('a', { n: 9 }, 'other');
    expect(await listPolicies(database.db, TENANT, { limit: 9 })).toMatchObject([{ document: { n: 1 } }]);
  });

  it('that many write at once get one version each, and the ledger has all', async () => {
    await Promise.all([...Array(8).keys()].map((n) => write('a', { n })));
    const versions = await listPolicyVersions(database.db, TENANT, 'a', 20);
    expect(versions.map(({ version }) => version)).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
    expect(await storedLedger(database.db, TENANT).verify()).toMatchObject({ entries: 8, intact: true });
  });
});
