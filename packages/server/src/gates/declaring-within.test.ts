import type { Caller, Grant } from '@sluice/core/access/caller.ts';
import { ROLES } from '@sluice/core/access/roles.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { storedOrganisations } from '../access/organisations.ts';
import { addProject, placeApplication } from '../store/access/projects.ts';
import { openTenantDatabases, type TenantDatabases } from '../store/database/open-database.ts';
import { listLedger } from '../store/ledger/read-ledger.ts';
import { NOON, TENANT } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { declaredApprovals } from './declared-approvals.ts';
import { type DeclaredFreezes, declaredFreezes } from './declared-freezes.ts';
import { declaredWindows } from './declared-windows.ts';

const database = withDatabase();
const now = (): number => NOON;
const PAGE = { cursor: null, limit: 20 };
const FREEZE = { reason: 'the sale', scope: {}, holds: 'starts', by: '-', system: false } as const;
const WINDOW = {
  effect: 'deny',
  times: 'fri 12:00-24:00',
  zone: 'UTC',
  scope: {},
  underWay: 'hold',
  by: '-',
} as const;
const RULE = { approvers: '1', scope: {}, selfApproval: 'refused', by: '-' } as const;

const caller = (name: string, project: string, environment: string, tenant = TENANT): Caller => {
  const grant: Grant = { role: 'operator', permissions: ROLES.operator, project, environment };
  return { tenant, subject: `person:${name}`, name, groups: [], grants: [grant] };
};
const OTTO = caller('otto', '*', '*');
const SHOP = caller('sue', 'shop', '*');
const STAGING = caller('stan', '*', 'staging');

let freezes: DeclaredFreezes;
let tenants: TenantDatabases;
beforeEach(async () => {
  const { db } = database;
  freezes = declaredFreezes({ db, tenant: TENANT, now, system: db });
  tenants = openTenantDatabases(database.url, { maxConnections: 1 });
  const entry = { at: NOON, actor: 'test', action: 'done', subject: 'shop', detail: {} };
  await addProject(db, TENANT, 'shop', entry);
  await placeApplication(db, TENANT, { application: 'storefront', project: 'shop' }, entry);
});
afterEach(() => tenants.close());

const names = async (who: Caller, of = freezes) =>
  (await of.freezes(who, PAGE)).items.map(({ name }) => name);

it('somebody freezes where they manage gates, and nowhere else', async () => {
  const freeze = async (who: Caller, scope: object) => {
    const frozen = await freezes.freeze(who, { ...FREEZE, scope });
    return frozen.ok ? frozen.value.scope : frozen.refusal.code;
  };
  expect(await freeze(SHOP, { project: 'shop' })).toEqual({ project: 'shop' });
  expect(await freeze(SHOP, { project: 'shop', environment: 'production' })).toMatchObject({
    project: 'shop',
  });
  expect(await freeze(STAGING, { environment: 'staging' })).toEqual({ environment: 'staging' });
  for (const scope of [{}, { project: 'bank' }, { environment: 'production' }, { component: 'web' }])
    expect(await freeze(SHOP, scope)).toBe('forbidden');
  for (const scope of [{}, { project: 'shop' }, { environment: 'production' }])
    expect(await freeze(STAGING, scope)).toBe('forbidden');
});

it('an application alone is a place in its project, and what is declared for it stays there', async () => {
  const frozen = await freezes.freeze(SHOP, { ...FREEZE, scope: { application: 'storefront' } });
  expect(frozen).toMatchObject({ value: { scope: { application: 'storefront', project: 'shop' } } });
  expect(await freezes.freeze(SHOP, { ...FREEZE, scope: { application: 'bank' } })).toMatchObject({
    refusal: { status: 403 },
  });
  // Whoever manages everything means the application wherever it goes.
  const everywhere = await freezes.freeze(OTTO, { ...FREEZE, scope: { application: 'storefront' } });
  expect(everywhere).toMatchObject({ value: { scope: { application: 'storefront' } } });
  expect(everywhere.ok && everywhere.value.scope.project).toBeUndefined();
});

it('what others have declared for more is neither lifted nor changed nor taken over by its name', async () => {
  const { db } = database;
  const windows = declaredWindows(db, TENANT, now);
  const rules = declaredApprovals(db, TENANT, now);
  await freezes.freeze(OTTO, { ...FREEZE, name: 'all' });
  await windows.putWindow(OTTO, 'office', WINDOW);
  await rules.putApprovalRule(OTTO, 'four-eyes', RULE);
  const scope = { project: 'shop' };
  const tries = [
    () => freezes.lift(SHOP, 'all', false),
    () => windows.putWindow(SHOP, 'office', { ...WINDOW, scope }),
    () => windows.removeWindow(SHOP, 'office'),
    () => rules.putApprovalRule(SHOP, 'four-eyes', { ...RULE, scope }),
    () => rules.removeApprovalRule(SHOP, 'four-eyes'),
  ];
  for (const attempt of tries) expect(await attempt()).toMatchObject({ refusal: { status: 403 } });
  expect(await windows.windows(OTTO, PAGE)).toMatchObject({ items: [{ scope: {} }] });
  expect(await windows.putWindow(SHOP, 'shop-office', { ...WINDOW, scope })).toMatchObject({ ok: true });
  expect(await rules.putApprovalRule(SHOP, 'shop-eyes', { ...RULE, scope })).toMatchObject({ ok: true });
  expect(await rules.removeApprovalRule(SHOP, 'shop-eyes')).toMatchObject({ ok: true });
  expect(await windows.removeWindow(SHOP, 'shop-office')).toMatchObject({ ok: true });
});

it('a list shows what holds where somebody sees gates', async () => {
  for (const [name, scope] of Object.entries({
    ...{ all: {}, bank: { project: 'bank' }, live: { environment: 'production' } },
    ...{ shop: { project: 'shop' }, front: { application: 'storefront' }, other: { application: 'other' } },
  }))
    await freezes.freeze(OTTO, { ...FREEZE, name, scope });
  expect(await names(OTTO)).toEqual(['all', 'bank', 'front', 'live', 'other', 'shop']);
  expect(await names(SHOP)).toEqual(['all', 'front', 'live', 'shop']);
  expect(await names(STAGING)).toEqual(['all', 'bank', 'front', 'other', 'shop']);
});

it('whoever runs the control plane freezes every organisation, which see it with its reason and do not lift it', async () => {
  const { db } = database;
  expect(
    await storedOrganisations(db, { isWalled: true, now }).add({ tenant: 'acme', name: 'Acme' }, 'test'),
  ).toMatchObject({ ok: true });
  const ANN = caller('ann', '*', '*', 'acme');
  const acme = declaredFreezes({ db: tenants.of('acme'), tenant: 'acme', now, system: null });
  const wanted = { ...FREEZE, name: 'stop', system: true, holds: 'everything', reason: 'attack' } as const;
  expect(await acme.freeze(ANN, wanted)).toMatchObject({ refusal: { status: 403 } });
  expect(await freezes.freeze(SHOP, wanted)).toMatchObject({ refusal: { status: 403 } });
  expect(await freezes.freeze(OTTO, { ...wanted, scope: { project: 'shop' } })).toMatchObject({
    refusal: { code: 'system-scope' },
  });
  expect(await freezes.freeze(OTTO, wanted)).toMatchObject({
    value: {
      system: true,
      declaredBy: 'person:otto',
      words: expect.stringContaining('in all organisations'),
    },
  });
  expect(await freezes.freeze(OTTO, wanted)).toMatchObject({ refusal: { code: 'name-taken' } });
  const seen = await acme.freezes(ANN, PAGE);
  expect(seen.items).toMatchObject([{ name: 'stop', reason: 'attack', holds: 'everything', system: true }]);
  expect(JSON.stringify(seen)).not.toContain('otto');
  expect(await acme.lift(ANN, 'stop', false)).toMatchObject({
    refusal: { code: 'holds-in-every-organisation' },
  });
  expect(await acme.lift(ANN, 'stop', true)).toMatchObject({ refusal: { status: 403 } });
  // One of its own may have the same name, and is what it lifts.
  expect(await acme.freeze(ANN, { ...FREEZE, name: 'stop' })).toMatchObject({ ok: true });
  expect(await acme.lift(ANN, 'stop', false)).toMatchObject({ value: { system: false } });
  expect(await freezes.lift(OTTO, 'stop', true)).toMatchObject({ ok: true });
  expect((await acme.freezes(ANN, PAGE)).items).toEqual([]);
  for (const [tenant, actor] of [
    ['acme', 'system'],
    [TENANT, 'person:otto'],
  ] as const) {
    const entries = (await listLedger(db, tenant, { limit: 20 })).filter(
      (entry) => entry.subject === 'stop' && entry.actor === actor,
    );
    expect(entries.map(({ action }) => action)).toEqual(['freezeLifted', 'freezeDeclared']);
    expect(JSON.stringify(entries)).toContain('attack');
  }
});
