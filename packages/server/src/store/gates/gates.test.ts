import { expect, it } from 'vitest';
import { NOON, rowCounts, TENANT } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { addFreeze, type FreezeRow, listFreezes, removeFreeze } from './freezes.ts';
import { listWindows, putWindow, removeWindow, type WindowRow } from './release-windows.ts';

const database = withDatabase();
const EVERYWHERE = { project: null, application: null, environment: null, component: null };
const entry = { at: NOON, actor: 'otto', action: 'done', subject: 'gate', detail: {} };

const freeze = (name: string, more: Partial<FreezeRow> = {}): Omit<FreezeRow, 'declaredAt'> => ({
  ...EVERYWHERE,
  ...{ name, reason: 'the sale', holds: 'starts', beginsAt: NOON, endsAt: null, declaredBy: 'otto' },
  ...more,
});

it('keeps freezes until they are over, and lets the next of the name take the place', async () => {
  const { db } = database;
  expect(await addFreeze(db, TENANT, freeze('sale', { endsAt: NOON + 1000 }), entry)).toMatchObject({
    name: 'sale',
    endsAt: NOON + 1000,
    declaredAt: NOON,
  });
  expect(await addFreeze(db, TENANT, freeze('sale'), entry)).toBeNull();
  expect(await listFreezes(db, TENANT, { at: NOON + 1000 })).toEqual([]);
  expect(await listFreezes(db, 'other', { at: NOON })).toEqual([]);
  expect(await addFreeze(db, TENANT, freeze('sale'), { ...entry, at: NOON + 1000 })).not.toBeNull();
  expect(await removeFreeze(db, 'other', 'sale', entry)).toBeNull();
  expect(await removeFreeze(db, TENANT, 'sale', entry)).toMatchObject({ reason: 'the sale' });
  expect(await removeFreeze(db, TENANT, 'sale', entry)).toBeNull();
  // Two were declared and one lifted; what was refused stands in no ledger.
  expect(await rowCounts(db)).toMatchObject({ ledger: 3 });
});

it('keeps windows, and changes them under their names', async () => {
  const { db } = database;
  const window: Omit<WindowRow, 'declaredAt'> = {
    ...EVERYWHERE,
    ...{ name: 'office', environment: 'production', effect: 'allow', days: [1, 2], fromMinute: 540 },
    ...{ toMinute: 1020, zone: 'Europe/Berlin', underWay: 'hold', declaredBy: 'otto' },
  };
  await putWindow(db, TENANT, window, entry);
  await putWindow(db, TENANT, { ...window, days: [3], declaredBy: 'ann' }, entry);
  expect(await listWindows(db, TENANT)).toEqual([
    { ...window, days: [3], declaredBy: 'ann', declaredAt: NOON },
  ]);
  expect(await removeWindow(db, 'other', 'office', entry)).toBeNull();
  expect(await removeWindow(db, TENANT, 'office', entry)).toMatchObject({ name: 'office' });
  expect(await listWindows(db, TENANT)).toEqual([]);
});
