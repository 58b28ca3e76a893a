import { afterEach, beforeEach, expect, it } from 'vitest';
import { storedGates } from '../gates/stored-gates.ts';
import { type AuditRig, openAuditRig } from '../ledger/testing/audit-rig.ts';
import { postgresTrackStore } from '../loop/postgres-track-store.ts';
import { ControlPlaneRig, SHOP } from '../rollouts/testing/control-plane-rig.ts';
import { TENANT } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { AccessRig, roleAt } from './testing/access-rig.ts';

/** Two teams in one organisation: `retail` has the shop, `finance` the bank. */
const database = withDatabase();
const WEB = SHOP.slice(0, SHOP.indexOf('  api:\n')) + SHOP.slice(SHOP.indexOf('environments:'));
const inProject = (project: string, application: string): string =>
  WEB.replace('application: shop', `application: ${application}\nproject: ${project}`).replace(
    'route: /',
    `route: /${application}`,
  );

let world: ControlPlaneRig;
let audit: AuditRig;
let rig: AccessRig;
let root: string;
let dan: string;
let fay: string;
beforeEach(async () => {
  const { db } = database;
  world = await ControlPlaneRig.open(db);
  audit = await openAuditRig(db);
  const now = (): number => world.now;
  const unreadable = (failure: Error): never => {
    throw failure;
  };
  const store = postgresTrackStore({ db, holder: 'rig', now, unreadable });
  rig = AccessRig.open(db, () => ({
    ...{ controlPlane: world.plane, audit: audit.desk },
    gates: storedGates({ db, tenant: TENANT, store, now, wakeLoop: () => undefined, system: null }),
  }));
  root = await rig.token('root', roleAt('admin'));
  dan = await rig.token('dan', roleAt('developer', 'retail'), roleAt('approver', 'retail'));
  fay = await rig.token('fay', roleAt('developer', 'finance'));
  for (const project of ['retail', 'finance'])
    await rig.ask('PUT', `/api/v1/projects/${project}`, { token: root });
});
afterEach(async () => {
  await rig.close();
  await audit.close();
  await world.close();
});

const release = (token: string, text: string, version = 'v1') =>
  rig.ask('POST', '/api/v1/releases', {
    token,
    body: { text, version, file: 'sluice.yaml', baseDirectory: world.folder },
  });
const seenAt = async (token: string, path: string): Promise<string> => {
  const reply = await rig.ask('GET', `/api/v1/${path}`, { token });
  expect(reply.status, JSON.stringify(reply.body)).toBe(200);
  return JSON.stringify(reply.body);
};
const bothOut = async (): Promise<void> => {
  expect((await release(dan, inProject('retail', 'shop'))).status).toBe(202);
  expect((await release(fay, inProject('finance', 'bank'))).status).toBe(202);
  await world.settle();
};

it('a file brings a new application into the project of whoever releases it, and into no other', async () => {
  expect((await release(dan, inProject('finance', 'shop'))).body).toMatchObject({ status: 403 });
  expect((await release(dan, inProject('nowhere', 'shop'))).body).toMatchObject({ status: 404 });
  // What names no project is in `default`, where dan is nobody.
  expect((await release(dan, WEB)).body).toMatchObject({
    status: 403,
    detail:
      'token:dan has no role with delivery:release in the environment production of the project default.',
  });
  expect((await release(dan, inProject('retail', 'shop'))).status).toBe(202);
  expect((await rig.ask('GET', '/api/v1/projects', { token: dan })).body).toEqual({
    items: [{ name: 'retail', applications: ['shop'] }],
  });
  // Once it is there, the file need not say so.
  expect(
    (await release(dan, inProject('retail', 'shop').replace('project: retail\n', ''), 'v2')).status,
  ).toBe(202);
});

it('what is in the other project is neither released, planned, steered, approved nor rolled back', async () => {
  await bothOut();
  const bank = '/api/v1/tracks/bank/production/web';
  const ask = (path: string, body: object) => rig.ask('POST', path, { token: dan, body });
  for (const text of [inProject('finance', 'bank'), inProject('retail', 'bank')]) {
    expect((await release(dan, text, 'v2')).body).toMatchObject({ status: 403, code: 'forbidden' });
    const plan = { text, version: 'v2', file: 'sluice.yaml', baseDirectory: world.folder };
    expect((await ask('/api/v1/plans', plan)).body).toMatchObject({ status: 403 });
  }
  for (const [path, body] of [
    ['commands', { command: 'pause' }],
    ['votes', { decision: 'approve' }],
    ['rollbacks', {}],
  ] as const)
    expect((await ask(`${bank}/${path}`, body)).body, path).toMatchObject({ status: 403 });
  expect((await rig.ask('GET', bank, { token: dan })).body).toMatchObject({ status: 403 });
  expect((await rig.ask('GET', `${bank}/logs`, { token: dan })).body).toMatchObject({ status: 403 });
  expect((await release(fay, inProject('retail', 'bank'), 'v2')).body).toMatchObject({
    code: 'in-other-project',
  });
});

it('lists, events, the ledger, figures and reports tell nothing of the other project', async () => {
  await bothOut();
  for (const path of ['tracks', 'rollouts', 'audit/entries?limit=100', 'dora?from=0&to=99999999999999']) {
    const seen = await seenAt(dan, path);
    expect(seen, path).toContain(path.startsWith('dora') ? 'retail' : 'shop/production/web');
    expect(seen, path).not.toMatch(/bank|finance|fay/);
    expect(await seenAt(root, path), path).toMatch(/bank|finance/);
  }
  const events = await rig.api.app.inject({
    url: '/api/v1/events?follow=false',
    headers: { host: 'localhost', authorization: `Bearer ${dan}` },
  });
  expect(events.body).toContain('shop/production/web');
  expect(events.body).not.toContain('bank');
  const { body } = await rig.ask('GET', '/api/v1/audit/entries?limit=100', { token: root });
  for (const entry of body['items'] as readonly { readonly sequence: number }[]) {
    const { status } = await rig.ask('GET', `/api/v1/audit/entries/${entry.sequence}`, { token: dan });
    const isShops = JSON.stringify(entry).includes('shop/production/web');
    expect(status, JSON.stringify(entry)).toBe(isShops ? 200 : 403);
  }
  const report = (query: string) => rig.ask('GET', `/api/v1/audit/report?from=0${query}`, { token: dan });
  expect((await report('')).status).toBe(403);
  expect((await report('&project=finance')).status).toBe(403);
  expect((await report('&project=retail')).status).toBe(200);
  for (const path of ['ledger', 'audit/head', 'audit/export', 'members', 'channels', 'organisations'])
    expect((await rig.ask('GET', `/api/v1/${path}`, { token: dan })).status, path).toBe(403);
});

it('an application changes its project by the hand of whoever may release in both, and is seen where it is', async () => {
  await bothOut();
  const move = (token: string) => rig.ask('PUT', '/api/v1/projects/finance/applications/shop', { token });
  expect((await move(dan)).body).toMatchObject({ status: 403, code: 'forbidden' });
  expect((await move(fay)).body).toMatchObject({ status: 403, code: 'forbidden' });
  const both = await rig.token('both', roleAt('developer', 'retail'), roleAt('developer', 'finance'));
  expect((await move(both)).status).toBe(200);
  expect(await seenAt(dan, 'tracks')).not.toContain('shop/production/web');
  expect(await seenAt(fay, 'tracks')).toContain('shop/production/web');
  expect((await release(fay, inProject('retail', 'shop'), 'v2')).body).toMatchObject({
    code: 'in-other-project',
  });
});
