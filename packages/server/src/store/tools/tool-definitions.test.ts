import { expect, it } from 'vitest';
import { listLedger } from '../ledger/read-ledger.ts';
import { withDatabase } from '../testing/with-database.ts';
import { addTool, countTools, findTool, listTools, removeTool } from './tool-definitions.ts';

const database = withDatabase();
const entry = (action: string, subject: string) => ({ at: 1, actor: 'ada', action, subject, detail: {} });
const add = (name: string, version: string, definition: object = {}) =>
  addTool(database.db, 'default', { name, version, definition }, entry('toolRegistered', name));

it('keeps the first definition of a version, and says that it was there', async () => {
  expect(await add('find-order', '1', { a: 1 })).toMatchObject({ isNew: true });
  expect(await add('find-order', '1', { a: 2 })).toMatchObject({
    isNew: false,
    row: { definition: { a: 1 } },
  });
  expect(await countTools(database.db, 'default')).toBe(1);
});

it('lists tools in the order of their names and versions, page by page', async () => {
  for (const [name, version] of [
    ['b', '1'],
    ['a', '2'],
    ['a', '1'],
  ] as const)
    await add(name, version);
  const page = (after?: { name: string; version: string }) =>
    listTools(database.db, 'default', { ...(after && { after }), limit: 2 });
  const [first, second] = await page();
  expect([first, second].map((one) => `${one?.name}@${one?.version}`)).toEqual(['a@1', 'a@2']);
  expect(await page({ name: 'a', version: '2' })).toMatchObject([{ name: 'b', version: '1' }]);
});

it('removes one version, and knows nothing of those of other tenants', async () => {
  await add('a', '1');
  const remove = (tenant: string) =>
    removeTool(database.db, tenant, { name: 'a', version: '1' }, entry('toolRemoved', 'a'));
  expect(await remove('other')).toBeUndefined();
  expect(await remove('default')).toMatchObject({ name: 'a' });
  const ledger = await listLedger(database.db, 'default', { limit: 10 });
  expect(ledger.map(({ action }) => action)).toEqual(['toolRemoved', 'toolRegistered']);
  expect(await findTool(database.db, 'default', { name: 'a', version: '1' })).toBeUndefined();
});
