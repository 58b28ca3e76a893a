import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestCli, testCli } from './cli-harness.ts';

let cli: TestCli;
beforeEach(async () => {
  cli = await testCli();
});
afterEach(() => cli.close());

const HOOK = '--kind webhook --set url=https://hooks.example/in --set secrets=env:SLUICE_CHANNEL_HOOK';

test('sluice channels add adds a channel by what its kind wants, and shows it', async () => {
  const { code, stdout } = await cli.run(`channels add hook ${HOOK} --set secrets=secret:old-hook`);
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/secrets +env:SLUICE_CHANNEL_HOOK, secret:old-hook/),
  ]);
  expect((await cli.json('channels show hook')).document).toMatchObject({
    kind: 'webhook',
    settings: { secrets: [{ env: 'SLUICE_CHANNEL_HOOK' }, { secret: 'old-hook' }] },
  });
  const mail =
    'channels add mail --kind email --set server=mail.example --set port=2525 --set from=sluice@shop.example --set to=ops@shop.example --set to=sre@shop.example';
  expect((await cli.run(mail)).code).toBe(0);
  expect((await cli.json('channels show mail')).document).toMatchObject({
    settings: { port: 2525, to: ['ops@shop.example', 'sre@shop.example'] },
  });
  expect((await cli.run('channels list')).stdout).toContain('hook     webhook  never told  0        0     -');
});

test.each([
  ['--kind pigeon', 'The kinds are webhook, slack'],
  ['--kind webhook --set token=abc', 'webhook needs url, secrets'],
  ['--kind webhook --set url=https://a.example', 'secrets'],
  ['--kind webhook --set url', '"url" is nothing'],
  ['--kind webhook --set url=https://a.example --set secrets=whsec_abc', 'secret'],
])('a channel that makes no sense is refused before anything is asked: %s', async (options, words) => {
  const { code, stderr } = await cli.run(`channels add hook ${options}`);
  expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  expect(stderr).not.toContain('whsec_abc');
  expect((await cli.json('channels list')).document).toEqual({ items: [] });
});

test('a channel is tried, subscribed to, and removed when nobody subscribes any more', async () => {
  await cli.run(`channels add hook ${HOOK}`);
  expect((await cli.run('channels test hook')).stdout).toBe('✔ It arrived.\n');
  const add =
    'subscriptions add trouble --channel hook --kinds rollout.*,track.* --environments production --severity warning --at-most 20/1h';
  expect((await cli.run(add)).stdout).toMatch(/at most +20 in 1 ?h/);
  expect((await cli.json('subscriptions show trouble')).document).toMatchObject({
    ...{ kinds: ['rollout.*', 'track.*'], environments: ['production'], applications: ['*'] },
    ...{ severity: 'warning', throttle: { most: 20, perMs: 3_600_000 } },
  });
  expect((await cli.run('subscriptions list')).stdout).toContain('trouble');
  const inUse = await cli.run('channels remove hook');
  expect([inUse.code, inUse.stderr]).toEqual([expect.any(Number), expect.stringContaining('trouble')]);
  expect((await cli.run('subscriptions remove trouble')).code).toBe(0);
  expect((await cli.run('channels remove hook')).stdout).toBe('✔ The channel hook is removed.\n');
  expect((await cli.run('channels show hook')).stderr).toContain('sluice channels list');
});

test('a throttle that is none is refused', async () => {
  await cli.run(`channels add hook ${HOOK}`);
  for (const text of ['often', '20', '20/soon']) {
    const { code } = await cli.run(`subscriptions add trouble --channel hook --at-most ${text}`);
    expect(code).toBe(2);
  }
});

test('deliveries are listed and replayed, and nothing is changed while DRY_RUN is set', async () => {
  await cli.run(`channels add hook ${HOOK}`);
  expect((await cli.run('deliveries list --state dead')).stdout).toContain('Nothing was told');
  expect((await cli.run('channels replay hook')).stdout).toContain('Nothing was given up.');
  const dry = { environment: { DRY_RUN: 'true' } };
  expect((await cli.run('channels remove hook', dry)).stdout).toContain('remove the channel hook');
  expect((await cli.run('deliveries replay 5f0d7a3c-8a53-4c53-9f5b-1f6f2f0a2a11')).code).toBe(6);
  expect((await cli.json('channels list')).document).toMatchObject({ items: [{ name: 'hook' }] });
});
