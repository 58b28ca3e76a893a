import { expect, it } from 'vitest';
import { NOON, TENANT } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { type ApplicationRecord, getApplication, listApplications, putApplication } from './applications.ts';

const database = withDatabase();
const applicationOf = (name: string, environment: string): ApplicationRecord => ({
  name,
  environment,
  configText: `application: ${name}\n`,
  spec: { name, components: [] },
  updatedAt: NOON,
});

it('keeps what was declared last, for each environment', async () => {
  const { db } = database;
  await putApplication(db, TENANT, applicationOf('shop', 'production'));
  await putApplication(db, TENANT, applicationOf('shop', 'staging'));
  const changed = {
    ...applicationOf('shop', 'staging'),
    configText: 'changed',
    spec: [1],
    updatedAt: NOON + 1,
  };
  await putApplication(db, TENANT, changed);
  expect(await getApplication(db, TENANT, { name: 'shop', environment: 'staging' })).toEqual(changed);
  expect(await getApplication(db, TENANT, { name: 'shop', environment: 'production' })).toEqual(
    applicationOf('shop', 'production'),
  );
  expect(await getApplication(db, 'other', { name: 'shop', environment: 'staging' })).toBeUndefined();
});

it('lists them page by page', async () => {
  const { db } = database;
  for (const [name, environment] of [
    ['b', 'p'],
    ['a', 's'],
    ['a', 'p'],
  ] as const)
    await putApplication(db, TENANT, applicationOf(name, environment));
  const first = await listApplications(db, TENANT, { limit: 2 });
  expect(first.map(({ name, environment }) => name + environment)).toEqual(['ap', 'as']);
  const second = await listApplications(db, TENANT, { limit: 2, after: { name: 'a', environment: 's' } });
  expect(second.map(({ name, environment }) => name + environment)).toEqual(['bp']);
});
