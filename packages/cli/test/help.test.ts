import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../src/command-table.ts';
import { EXIT, EXIT_MEANINGS } from '../src/exit-codes.ts';
import { type TestCli, testCli } from './cli-harness.ts';

let cli: TestCli;
beforeAll(async () => {
  cli = await testCli();
});
afterAll(() => cli.close());

describe('help', () => {
  test('without words, with help and with --help the commands are listed', async () => {
    const { code, stdout } = await cli.run('');
    expect(code).toBe(0);
    await expect(stdout).toMatchFileSnapshot('golden/help.txt');
    expect((await cli.run('help')).stdout).toBe(stdout);
    expect((await cli.run('--help')).stdout).toBe(stdout);
  });

  test.each(COMMANDS.map(({ name }) => name))('%s explains itself, with an example', async (name) => {
    const { code, stdout } = await cli.run(`${name} --help`);
    expect(code).toBe(0);
    expect(stdout).toContain(`$ sluice ${name}`);
    expect(stdout).toContain('--json');
    expect((await cli.run(`help ${name}`)).stdout).toBe(stdout);
  });

  test('the numbers that commands end with are documented, each once', async () => {
    const { stdout } = await cli.run('help exit-codes');
    await expect(stdout).toMatchFileSnapshot('golden/exit-codes.txt');
    expect(EXIT_MEANINGS.map(([code]) => code)).toEqual(Object.values(EXIT));
  });

  test('the version is the one of the package', async () => {
    expect((await cli.run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('a command line that is wrong', () => {
  test('is refused with what was probably meant', async () => {
    const { code, stdout, stderr } = await cli.run('stauts');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain("unknown command 'stauts'");
    expect(stderr).toContain('Did you mean status?');
    expect((await cli.run('status --wacth')).stderr).toContain('Did you mean --watch?');
  });

  test.each([
    'history --limit many',
    'history --limit 0',
    'up --port 70000',
    'deploy --on-conflict fight',
    'deploy --timeout soon',
    'deploy --canary-weight 200',
    'status a/b/c/d',
    'status a//c',
    'ledger burn',
    'pause one two',
  ])('%s ends with 2 and says what is wrong', async (args) => {
    const { code, stderr } = await cli.run(args);
    expect(code).toBe(2);
    expect(stderr.length).toBeGreaterThan(20);
  });

  test('is refused in JSON where JSON was asked for', async () => {
    const { code, document } = await cli.json('status --wacth');
    expect(code).toBe(2);
    expect(document).toMatchObject({ code: 'usage', detail: expect.stringContaining('--wacth') });
  });
});
