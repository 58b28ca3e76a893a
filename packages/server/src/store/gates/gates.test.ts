import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { openTenantDatabases } from '../database/open-database.ts';
import { NOON, rowCounts, TENANT, WEB, webRevision } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { putTrafficMinutes } from '../traffic/put-traffic-minutes.ts';
import { addFreeze, addSystemFreeze, type FreezeRow, listFreezes, removeFreeze } from './freezes.ts';
import { listWindows, putWindow, removeWindow, type WindowRow } from './release-windows.ts';
import { countRequests, deleteOldTrafficHours, sumTrafficHours } from './traffic-hours.ts';

const database = withDatabase();
const EVERYWHERE = { project: null, application: null, environment: null, component: null };
const entry = { at: NOON, actor: 'otto', action: 'done', subject: 'gate', detail: {} };

const freeze = (name: string, more: Partial<FreezeRow> = {}): Omit<FreezeRow, 'declaredAt' | 'system'> => ({
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

it('no organisation writes among the freezes of all, whatever a statement says', async () => {
  const { db } = database;
  await addSystemFreeze(db, freeze('stop'), entry);
  const tenants = openTenantDatabases(database.url, { maxConnections: 1 });
  try {
    const bound = tenants.of('acme');
    expect(await listFreezes(bound, 'acme', { at: NOON })).toMatchObject([{ name: 'stop', system: true }]);
    const removed = await sql`delete from system_freezes`.execute(bound);
    const changed = await sql`update system_freezes set ends_at = now()`.execute(bound);
    expect([removed.numAffectedRows, changed.numAffectedRows]).toEqual([0n, 0n]);
    await expect(
      sql`insert into system_freezes (name, reason, holds, begins_at, declared_by)
        values ('mine', 'x', 'everything', now(), 'eve')`.execute(bound),
    ).rejects.toThrow(/row-level security/);
  } finally {
    await tenants.close();
  }
  expect(await listFreezes(db, TENANT, { at: NOON })).toMatchObject([{ name: 'stop', endsAt: null }]);
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

it('counts requests by times, from minutes and, further back than these are kept, from hours', async () => {
  const { db } = database;
  const HOUR_MS = 3_600_000;
  const put = (agoMs: number, requests: number, errors: number, revision = webRevision(1)) => {
    const minute = NOON - agoMs;
    const counts = { requests, errors, seconds: 60, sumErrorsSquared: errors };
    return putTrafficMinutes(db, TENANT, { trackId: WEB, minutes: [{ revision, minute, ...counts }] });
  };
  await put(120_000, 100, 1);
  await put(120_000, 10, 1, webRevision(2));
  await put(3 * HOUR_MS, 1000, 5);
  await put(30 * HOUR_MS, 50_000, 50);
  const spansMs = [300_000, 6 * HOUR_MS, 72 * HOUR_MS];
  const count = () => countRequests(db, TENANT, { trackId: WEB, spansMs, now: NOON });
  // Nobody has summed the hours yet.
  expect([...(await count()).values()]).toEqual([
    { requests: 110, errors: 2 },
    { requests: 1110, errors: 7 },
    { requests: 1110, errors: 7 },
  ]);
  await sumTrafficHours(db);
  await sumTrafficHours(db);
  expect((await count()).get(72 * HOUR_MS)).toEqual({ requests: 51_110, errors: 57 });
  // An hour whose minutes are being removed keeps what it had.
  await sql`delete from traffic_minutes where minute < now() and requests > 10000`.execute(db);
  await sumTrafficHours(db);
  expect((await count()).get(72 * HOUR_MS)).toEqual({ requests: 51_110, errors: 57 });
  expect([...(await countRequests(db, 'other', { trackId: WEB, spansMs, now: NOON })).values()]).toEqual(
    spansMs.map(() => ({ requests: 0, errors: 0 })),
  );
  expect(await deleteOldTrafficHours(db, { before: NOON - 20 * HOUR_MS, limit: 10 })).toBe(1);
});
