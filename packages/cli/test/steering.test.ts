import { idleTrack, sampleRollout, sampleTrack } from '@sluice/protocol/http/testing/sample-views.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SHOP, type TestCli, testCli } from './cli-harness.ts';

let cli: TestCli;
beforeEach(async () => {
  cli = await testCli();
});
afterEach(() => cli.close());

const api = () =>
  sampleTrack({ id: 'storefront/production/api', component: 'api', application: 'storefront' });
const otherShop = () =>
  sampleTrack({ id: 'shop/production/web', application: 'shop', environment: 'production' });

describe('pause, resume, promote, skip and abort', () => {
  test.each([
    ['pause', 'pause web'],
    ['resume', 'resume web'],
    ['promote', 'promote web'],
    ['promote --full', 'promote-full web'],
    ['skip', 'skip web'],
    ['abort', 'abort web'],
  ])('%s is passed on', async (args, effect) => {
    expect((await cli.run(args)).code).toBe(0);
    expect(cli.plane.effects).toEqual([effect]);
  });

  test('what became of it is shown', async () => {
    await expect((await cli.run('pause')).stdout).toMatchFileSnapshot('golden/pause.txt');
    expect((await cli.json('resume')).document).toMatchObject({ active: { phase: 'running' } });
  });

  test('without a rollout they end with 6 and say so', async () => {
    cli.plane.put(idleTrack());
    const { code, stdout, stderr } = await cli.run('abort');
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    expect(stderr).toContain('Nothing is under way on storefront/production/web.');
    expect((await cli.json('abort')).document).toMatchObject({ code: 'nothing-under-way', status: 409 });
  });

  test.each([
    ['promote', 'this would end the present wait of storefront/production/web.'],
    ['promote --full', 'this would make the candidate of storefront/production/web stable now.'],
    ['skip', 'this would skip the present step of storefront/production/web.'],
  ])('DRY_RUN=true says in words what %s would do', async (args, words) => {
    const { stdout } = await cli.run(args, { environment: { DRY_RUN: 'true' } });
    expect(stdout).toContain(words);
    expect(cli.plane.effects).toEqual([]);
  });

  test('DRY_RUN=true keeps them from doing anything', async () => {
    const { code, stdout } = await cli.run('abort', { environment: { DRY_RUN: 'true' } });
    expect(code).toBe(0);
    expect(stdout).toContain('this would abort storefront/production/web');
    expect(cli.plane.effects).toEqual([]);
  });
});

describe('which track is meant', () => {
  test('the only one there is needs no name', async () => {
    expect((await cli.run('pause')).code).toBe(0);
  });

  test('of several the choice is refused, with all that fit', async () => {
    cli.plane.put(api());
    const { code, stderr } = await cli.run('pause');
    expect(code).toBe(2);
    expect(stderr).toContain('storefront/production/api, storefront/production/web');
    expect(cli.plane.effects).toEqual([]);
  });

  test('a name, part of a name or options choose one', async () => {
    cli.plane.put(api());
    for (const args of ['storefront/production/api', '--component api', 'storefront -e production -c api']) {
      await cli.run(`pause ${args}`);
    }
    expect(cli.plane.effects).toEqual(['pause api', 'pause api', 'pause api']);
  });

  test('the sluice.yaml of the folder tells the application', async () => {
    cli.plane.put(otherShop());
    await cli.write('sluice.yaml', SHOP);
    expect((await cli.json('pause')).document).toMatchObject({ id: 'storefront/production/web' });
  });

  test('a name wins over the sluice.yaml of the folder', async () => {
    cli.plane.put(otherShop());
    await cli.write('sluice.yaml', SHOP);
    expect((await cli.json('pause shop')).document).toMatchObject({ id: 'shop/production/web' });
  });

  test('a name that nothing has ends with 6', async () => {
    const { code, stderr } = await cli.run('pause shop/staging');
    expect(code).toBe(6);
    expect(stderr).toContain('Nothing is known of shop/staging.');
  });
});

describe('rollback', () => {
  test('brings the revision before stable back, or the one that is named', async () => {
    expect((await cli.run('rollback')).code).toBe(0);
    await cli.run('rollback --to v1');
    expect(cli.plane.effects).toEqual(['roll back to v0', 'roll back to v1']);
  });

  test('what cannot be brought back ends with 6', async () => {
    const { code, stderr } = await cli.run('rollback --to v9');
    expect(code).toBe(6);
    expect(stderr).toContain('v9 is not one of the revisions');
  });

  test('--wait ends when the revision is back', async () => {
    const last = sampleRollout({
      id: 'ro-3',
      version: 'v0',
      phase: 'succeeded',
      outcome: 'succeeded',
      finishedAt: 1_768_478_403_000,
    });
    const { code, stdout } = await cli.run('rollback --wait', {
      onWait: () => cli.plane.put(idleTrack({ last })),
    });
    expect(code).toBe(0);
    expect(stdout).toContain('v0 succeeded after 2 s');
  });
});
