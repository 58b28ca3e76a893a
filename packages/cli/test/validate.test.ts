import { afterEach, beforeEach, expect, test } from 'vitest';
import { SHOP, type TestCli, testCli } from './cli-harness.ts';

let cli: TestCli;
beforeEach(async () => {
  cli = await testCli();
  await cli.closeApi();
});
afterEach(() => cli.close());

test('a file that is right needs no control plane', async () => {
  await cli.write('sluice.yaml', `${SHOP}environments: { staging: {}, production: {} }\n`);
  expect(await cli.run('validate')).toEqual({
    code: 0,
    stdout: '✔ sluice.yaml is right. storefront: web in staging, production.\n',
    stderr: '',
  });
  expect((await cli.json('validate')).document).toMatchObject({
    ok: true,
    application: 'storefront',
    environments: ['staging', 'production'],
    components: ['web'],
  });
});

test('every fault is shown at its place, and it ends with 2', async () => {
  await cli.write('sluice.yaml', SHOP.replace('health', 'helth').replace('    run: node server.js\n', ''));
  const { code, stdout } = await cli.run('validate');
  expect(code).toBe(2);
  await expect(stdout).toMatchFileSnapshot('golden/validate.txt');
  const { document } = await cli.json('validate');
  expect(document).toMatchObject({
    ok: false,
    faults: [{ path: 'components.web' }, { suggestion: 'health' }],
  });
});

test('what is allowed but probably not meant is told as a warning, and counted', async () => {
  const unused = 'strategies: { careful: { canary: } }\nchecks: { smoke: { tcp: true } }\n';
  await cli.write('sluice.yaml', `${SHOP}${unused}`);
  const { code, stdout } = await cli.run('validate');
  expect(code).toBe(0);
  await expect(stdout).toMatchFileSnapshot('golden/validate-warnings.txt');
});

test('a folder that the file names and that is not there is a fault', async () => {
  await cli.write('sluice.yaml', `${SHOP}    source: nowhere\n`);
  const { code, stdout } = await cli.run('validate');
  expect(code).toBe(2);
  expect(stdout).toContain('nowhere');
});

test('an environment that the file does not have is a fault', async () => {
  await cli.write('sluice.yaml', SHOP);
  expect((await cli.run('validate --env production')).code).toBe(2);
});
