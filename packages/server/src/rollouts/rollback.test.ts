import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RollbackRequest } from '@sluice/protocol/http/requests.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { listLedger } from '../store/ledger/read-ledger.ts';
import { rowCounts, TENANT } from '../store/testing/track-fixtures.ts';
import { accepted, ControlPlaneRig, refused, SHOP } from './testing/control-plane-rig.ts';

const database = withDatabase();
const WEB = 'shop/production/web';
let rig: ControlPlaneRig;
beforeEach(async () => {
  rig = await ControlPlaneRig.open(database.db);
});
afterEach(() => rig.close());

const rollback = (changes: Partial<RollbackRequest> = {}, track = WEB) =>
  rig.plane.rollback(track, { bySteps: false, by: 'ann', ...changes });

/** The versions that can be come back to, the newest first. */
const history = async () => accepted(await rig.plane.track(WEB)).history;

async function stableVersions(...versions: readonly string[]): Promise<void> {
  for (const version of versions) await rig.stable(version);
}

it('brings the stable revision before the present one back, at once', async () => {
  await stableVersions('v1', 'v2');
  const track = accepted(await rollback());
  expect(track.queued).toMatchObject([{ version: 'v1' }]);
  await rig.settle();
  expect(accepted(await rig.plane.track(WEB))).toMatchObject({
    stable: { version: 'v1' },
    last: { lane: 'undo', plan: { kind: 'undo' }, requestedBy: 'ann', outcome: 'succeeded' },
  });
});

it('done twice comes back to where it was', async () => {
  await stableVersions('v1', 'v2');
  for (const version of ['v1', 'v2']) {
    accepted(await rollback());
    await rig.settle();
    expect((await history())[0]?.version).toBe(version);
  }
});

it.each(['version label', 'revision id'])('brings an older revision back by its %s', async (by) => {
  await stableVersions('v1', 'v2', 'v3');
  const oldest = (await history()).at(-1);
  accepted(await rollback({ to: by === 'version label' ? 'v1' : oldest?.revision }));
  await rig.settle();
  expect((await history()).map(({ version }) => version)).toEqual(['v1', 'v3', 'v2']);
});

it('goes by the steps of the revision that comes back, if that is wished', async () => {
  await stableVersions('v1', 'v2');
  accepted(await rollback({ bySteps: true }));
  const [note] = await listLedger(database.db, TENANT, { action: 'rolloutRequested', limit: 1 });
  expect(note?.detail).toMatchObject({ lane: 'normal', isReturn: true });
  await rig.look();
  expect(accepted(await rig.plane.track(WEB)).active).toMatchObject({
    lane: 'normal',
    plan: { kind: 'canary' },
  });
});

it('by steps is refused to a revision with another route, as both would be served under one; at once is not', async () => {
  const routed = (route: string) => SHOP.replace('route: /\n', `route: ${route}\n`);
  await stableVersions('v1');
  await rig.write('web', 'v2');
  const moved = { text: routed('/shop'), version: 'v2', components: ['web'], strategy: 'immutable' };
  accepted(await rig.release(moved));
  await rig.settle();
  expect((await history()).map(({ version }) => version)).toEqual(['v2', 'v1']);
  const before = await rowCounts(database.db);
  expect(refused(await rollback({ bySteps: true }))).toMatchObject({ status: 422, code: 'route-changes' });
  expect(await rowCounts(database.db)).toEqual(before);
  accepted(await rollback());
});

it('takes the place of a release that is under way, and says what to do when it is not named to where', async () => {
  await stableVersions('v1', 'v2');
  await rig.write('web', 'v3');
  accepted(await rig.release({ version: 'v3', components: ['web'] }));
  await rig.look();
  expect(refused(await rollback())).toMatchObject({
    status: 409,
    detail: `v3 is being rolled out on ${WEB}, and v2 is stable.`,
    remedy: '`sluice abort` takes v3 back; to go behind what is stable, name it with `--to`.',
  });
  accepted(await rollback({ to: 'v1' }));
  await rig.settle();
  expect(accepted(await rig.plane.rollout('ro-3'))).toMatchObject({ outcome: 'rolled-back' });
  expect((await history())[0]?.version).toBe('v1');
});

it('says what it can go back to when it is asked for something else', async () => {
  await stableVersions('v1', 'v2');
  expect(refused(await rollback({ to: 'v9' }))).toMatchObject({
    ...{ status: 409, code: 'no-such-revision' },
    detail: `${WEB} remembers no revision v9.`,
    remedy: 'It can go back to v2, v1.',
  });
});

it('is refused where nothing else has been stable', async () => {
  accepted(await rig.release({ version: 'v1', components: ['web'] }));
  expect(refused(await rollback())).toMatchObject({ remedy: 'Nothing has been promoted yet.' });
  await rig.settle();
  const before = await rowCounts(database.db);
  expect(refused(await rollback())).toMatchObject({
    ...{ status: 409, code: 'no-such-revision' },
    detail: `${WEB} has had no other stable revision.`,
  });
  expect(await rowCounts(database.db)).toEqual(before);
});

it('is refused to the revision that is stable, and on a track that is not known', async () => {
  await stableVersions('v1');
  expect(refused(await rollback({ to: 'v1' }))).toMatchObject({ status: 409, code: 'unchanged' });
  expect(refused(await rollback({}, 'shop/production/none'))).toMatchObject({ status: 404 });
});
