import { expect, it } from 'vitest';
import { withDatabase } from '../testing/with-database.ts';
import { TENANT } from '../testing/track-fixtures.ts';
import { listNames, noteMember } from './members.ts';

const database = withDatabase();
const met = (tenant: string, user: string, name: string, at: number) =>
  noteMember(
    database.db,
    tenant,
    {
      ...{ subject: `person:${user}@example.com`, name, email: `${user}@example.com`, groups: ['shop'] },
      ...{ issuer: 'https://id.example.com', issuerSubject: user },
    },
    at,
  );

it('names are those of the members of one organisation, without the nameless, and nothing else is told', async () => {
  await met(TENANT, 'ada', 'Ada Lovelace', 1000);
  await met(TENANT, 'bob', 'Bob', 2000);
  await met(TENANT, 'nobody', '', 3000);
  await met('other', 'eve', 'Eve', 4000);
  expect(await listNames(database.db, TENANT)).toEqual([
    { subject: 'person:bob@example.com', name: 'Bob' },
    { subject: 'person:ada@example.com', name: 'Ada Lovelace' },
  ]);
});
