import { afterAll, beforeAll, expect, test } from 'vitest';
import { SHOP, type TestCli, testCli } from './cli-harness.ts';

const COMMIT = '5f2c7e1b9a40d3c86e7f1a2b3c4d5e6f70819203';
let cli: TestCli;
beforeAll(async () => {
  cli = await testCli();
  await cli.write('sluice.yaml', SHOP);
});
afterAll(() => cli.close());

const sourceSent = async (args: string, options: Parameters<TestCli['json']>[1] = {}): Promise<unknown> => {
  const { document } = await cli.json(`deploy --version v2 ${args}`, options);
  return (document as { rollouts: [{ rollout: { source?: unknown } }] }).rollouts[0].rollout.source;
};
/** A repository with one commit, as git tells of it. */
const git = (args: readonly string[]): string | null => {
  if (args[0] === 'rev-parse') return `${COMMIT}\n`;
  if (args[0] === 'symbolic-ref') return 'main\n';
  if (args[0] === 'remote') return 'https://token:secret@github.com/acme/shop.git\n';
  return args[0] === 'log' ? '2026-11-20T10:00:00Z\nSHOP-42: pay with two taps\n' : '';
};

test('a release says where its code comes from, and status and history show it', async () => {
  expect(await sourceSent('', { git })).toEqual({
    repository: 'https://github.com/acme/shop.git',
    commit: COMMIT,
    ref: 'main',
    message: 'SHOP-42: pay with two taps',
    authoredAt: Date.parse('2026-11-20T10:00:00Z'),
  });
  const { stdout } = await cli.run('status storefront/production/web');
  expect(stdout).toContain('change    5f2c7e1 on main: SHOP-42: pay with two taps');
});

test('a release says what its options say, and nothing when nobody is to know', async () => {
  expect(await sourceSent(`--commit ${COMMIT} --repository acme/shop --ref v1`)).toEqual({
    ...{ commit: COMMIT, repository: 'acme/shop', ref: 'v1' },
  });
  expect(await sourceSent('--no-source', { git })).toBeUndefined();
});

test('a commit that is none is refused with what to do', async () => {
  const { code, stderr } = await cli.run('deploy --version v2 --commit main');
  expect(code).toBe(2);
  expect(stderr).toContain('git rev-parse HEAD');
});
